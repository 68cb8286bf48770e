import socket
from pathlib import Path

from enrollctl.processes.ports import choose_port
from enrollctl.terminal.progress import Progress, ProgressFile, StepState


def test_progress_is_read_once_and_in_order(tmp_path: Path):
    writer, reader = ProgressFile(tmp_path / "progress"), ProgressFile(tmp_path / "progress")
    writer.clear()
    writer.write(Progress("jars", done=1, total=47))
    assert list(reader.read_new()) == [Progress("jars", done=1, total=47)]
    writer.write(Progress("jars", StepState.DONE))
    assert list(reader.read_new()) == [Progress("jars", StepState.DONE)]
    assert list(reader.read_new()) == []


def test_a_line_that_is_still_being_written_waits(tmp_path: Path):
    path = tmp_path / "progress"
    writer, reader = ProgressFile(path), ProgressFile(path)
    writer.clear()
    writer.write(Progress("kafka"))
    whole = path.read_text()
    path.write_text(whole + '{"step": "post')
    assert [progress.step for progress in reader.read_new()] == ["kafka"]
    path.write_text(whole + whole.replace("kafka", "postgres"))
    assert [progress.step for progress in reader.read_new()] == ["postgres"]


def test_the_port_of_the_last_start_is_taken_again_while_it_is_free():
    port = choose_port()
    assert choose_port(port) == port


def test_a_port_in_use_or_already_given_away_is_not_chosen():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert choose_port(port) != port
    assert choose_port(port, frozenset({port})) != port
