"""Whatever a sandbox's child process does wrong, the parent gets one exception, and the child has ended."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chassis.files import MIB, Limits, Records, SandboxFailed, SandboxFailure, first_record, sandboxed

MISDEEDS = "unit.chassis.files.sandbox_misdeeds"
TESTS = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _child_finds_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(TESTS))
    monkeypatch.setenv("UE_DATABASE_URL", "postgresql://secret")


@asynccontextmanager
async def child(name: str, data: Any = b"", limits: Limits | None = None, **arguments: Any) -> AsyncIterator[Records]:
    async with sandboxed(f"{MISDEEDS}:{name}", data, limits=limits, **arguments) as records:
        yield records


async def failure(name: str, limits: Limits | None = None, data: bytes = b"", **arguments: Any) -> SandboxFailed:
    with pytest.raises(SandboxFailed) as failed:
        await everything(name, data, limits, **arguments)
    return failed.value


async def everything(name: str, data: Any = b"", limits: Limits | None = None, **arguments: Any) -> list[Any]:
    async with child(name, data, limits, **arguments) as records:
        return [record async for record in records]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_the_function_gets_bytes_and_arguments_and_none_of_the_settings():
    pieces = (b"x" * MIB for _ in range(5))
    async with child("echoes", pieces, sheet="名单") as records:
        [record] = [one async for one in records]
    assert (record["size"], record["arguments"], record["parent"]) == (5 * MIB, {"sheet": "名单"}, os.getpid())
    assert record["environment"] in (["LC_ALL", "PYTHONPATH"], ["LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH"])
    assert 0 < records.peak_bytes < 60 * MIB


async def test_what_other_code_prints_is_no_record():
    async with child("prints") as records:
        assert [record async for record in records] == ["said"]


async def test_a_child_that_aborts_is_told_after_its_records():
    failed = await failure("aborts")
    assert (failed.reason, failed.detail) == (SandboxFailure.KILLED, "exit -6")


async def test_a_child_that_ends_too_early_gave_no_whole_answer():
    assert (await failure("exits")).reason is SandboxFailure.KILLED


async def test_a_child_that_eats_memory_is_refused_it():
    assert (await failure("eats")).reason is SandboxFailure.MEMORY


async def test_a_child_that_spins_is_ended_by_its_cpu_time():
    failed = await failure("spins", Limits(cpu_s=1))
    assert (failed.reason, failed.detail) == (SandboxFailure.TIMEOUT, "CPU time")


async def test_a_slow_child_is_ended_and_gone():
    async with child("sleeps", limits=Limits(wall_s=2.0)) as records:
        pid = await anext(records)
        assert is_alive(pid)
        with pytest.raises(SandboxFailed) as failed:
            await anext(records)
    assert failed.value.reason is SandboxFailure.TIMEOUT
    assert not is_alive(pid)


async def test_the_callers_own_work_is_not_counted_as_waiting():
    async with child("counts", limits=Limits(wall_s=1.0), to=3) as records:
        async for _ in records:
            await asyncio.sleep(0.6)


async def test_garbage_is_no_record():
    assert (await failure("scribbles")).reason is SandboxFailure.GARBAGE


@pytest.mark.parametrize("limits", [Limits(record_bytes=1000), Limits(output_bytes=5000)])
async def test_more_than_was_asked_for_is_garbage(limits: Limits):
    assert (await failure("counts", limits, to=20, width=1001 if limits.record_bytes == 1000 else 900)).reason is (
        SandboxFailure.GARBAGE
    )


async def test_an_exception_is_told_by_its_class_alone():
    failed = await failure("raises")
    assert (failed.reason, failed.detail) == (SandboxFailure.ERROR, "LookupError")
    assert "person" not in str(failed)


async def test_the_child_writes_no_file():
    assert await first_record(f"{MISDEEDS}:writes_a_file", b"people") == "OSError"


async def test_no_record_where_one_is_needed_is_a_failure():
    with pytest.raises(SandboxFailed):
        await first_record(f"{MISDEEDS}:counts", b"", to=0)


async def test_whoever_is_cancelled_ends_the_child():
    started: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def waits() -> None:
        async with child("sleeps") as records:
            async for pid in records:
                started.set_result(pid)

    waiting = asyncio.create_task(waits())
    pid = await started
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not is_alive(pid)


async def test_a_reader_that_stops_early_does_not_wait_for_output_that_nobody_reads():
    # The child writes more than the reader's buffer holds, so asyncio stops reading. `wait` would not return as long as
    # nobody reads the remaining output.
    async with asyncio.timeout(20):
        async with child("counts", to=2_000, width=1_000) as records:
            assert await anext(records) is not None
            await asyncio.sleep(1)


async def test_the_child_dies_with_its_parent():
    script = (
        "import asyncio, os\nfrom chassis.files import sandboxed\n"
        "async def main():\n"
        f"    async with sandboxed('{MISDEEDS}:sleeps', b'') as records:\n"
        "        print(await anext(records), flush=True)\n        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())"
    )
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    child_pid, _ = await parent.communicate()
    for _ in range(200):
        if not is_alive(int(child_pid)):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the child outlived its parent")


async def test_the_child_waits_for_a_slow_reader():
    async with child("counts", to=100_000, width=1000) as records:
        async for number, _ in records:
            if number == 10:
                before = own_memory_mb()
                await asyncio.sleep(0.5)
                assert own_memory_mb() - before < 10
        assert number == 99_999


async def test_trouble_with_the_bytes_is_the_callers_own():
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await everything("echoes", pieces())


async def test_a_connection_that_is_lost_while_the_bytes_are_read_is_not_mistaken_for_the_end_of_the_child():
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await everything("echoes", pieces())


def own_memory_mb() -> int:
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS")]
    return int(line.split()[1]) // 1024
