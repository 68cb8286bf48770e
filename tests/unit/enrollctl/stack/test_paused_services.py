"""Each component of the stack that is paused has a file. The supervisor looks for such files five times a second, while
enrollctl commands write and remove them."""

import threading
from pathlib import Path

from enrollctl.stack.paused_services import paused_services
from enrollctl.workspace.files import write_private
from enrollctl.workspace.folders import Folders


def test_nothing_is_held_in_a_new_stack(tmp_path: Path):
    assert paused_services(Folders(tmp_path)) == set()


def test_a_paused_component_has_a_file_until_it_resumes(tmp_path: Path):
    folders = Folders(tmp_path)
    for name in ("simulator", "review-svc"):
        write_private(folders.paused / name, "rebuild")
    (folders.paused / ".member-svc.half-made").write_text("re")
    assert paused_services(folders) == {"simulator", "review-svc"}
    (folders.paused / "simulator").unlink()
    assert paused_services(folders) == {"review-svc"}


def test_looking_while_holds_come_and_go_never_fails_and_sees_whole_names_only(tmp_path: Path):
    folders, stop = Folders(tmp_path), threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            write_private(folders.paused / "simulator", "rebuild")
            (folders.paused / "simulator").unlink()

    changing = threading.Thread(target=come_and_go)
    changing.start()
    try:
        seen = [paused_services(folders) for _ in range(3000)]
    finally:
        stop.set()
        changing.join()
    assert {name for names in seen for name in names} <= {"simulator"}
