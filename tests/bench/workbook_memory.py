"""Reads very large workbooks. Measures the time, and the memory of this process and of the child process that reads
them.

    python tests/bench/workbook_memory.py [NAME …]

Exits with 1 if one of the two processes needs more than 250 MiB.
"""

import asyncio
import io
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))

from unit.member_svc.handmade import MAIN, book, merges, row, sheet
from unit.member_svc.workbooks import NARROW, huge_workbook, resident

from chassis.files import MIB, SandboxFailed, sandboxed
from fuzz.workbooks import own_peak_mib
from member_svc.domain.roster.headings import COLUMNS
from member_svc.domain.roster.refused_files import RefusedFile
from member_svc.roster.child import FUNCTION
from member_svc.roster.reading import LARGE
from member_svc.workbook.archive import inflated_size

MOST_MIB = 250
DICE = random.Random(1)
#: Characters that Python stores in four bytes.
RARE = [chr(code) for code in range(0x20000, 0x2A000)]


def full_roster() -> bytes:
    more = ("13812345678", "一线职工", "示例街道示例一厂", "2020-01-31", "6223000011112222")
    return huge_workbook(((f"张{n}", "身份证", resident(n), *more) for n in range(100_000)), COLUMNS)


def twelve_columns_of_shared_strings() -> bytes:
    heads = [*COLUMNS, "备注一", "备注二", "备注三", "备注四"]
    items = "".join(f"<si><t>值{n}</t></si>" for n in range(1_190_000))
    strings = f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{head}</t></si>" for head in heads)}{items}</sst>'
    cells = (f'<c t="s"><v>{n}</v></c>' for n in range(1_190_000))
    lines = "".join(f"<row>{''.join(next(cells) for _ in range(12))}</row>" for _ in range(99_000))
    return _stored({"名单": f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'}, strings)


def most_text(repeated: int = 3) -> bytes:
    """Strings of four-byte characters with nearly the greatest length. Each string is used in several cells."""
    texts = ["".join(DICE.choices(RARE, k=32_000)) for _ in range(100)]
    strings = f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{text}</t></si>" for text in texts)}</sst>'
    rows = [row(*NARROW)] + [f'<row><c t="s"><v>{n % 100}</v></c></row>' for n in range(100 * repeated)]
    return book({"名单": rows}, shared=strings)


def most_text_of_strings() -> bytes:
    texts = "".join(f"<si><t>{chr(0x20000 + n % 40_000) * 31_000}</t></si>" for n in range(640))
    return book({"名单": [row(*NARROW), row("张", "身份证", resident(1))]}, shared=f'<sst xmlns="{MAIN}">{texts}</sst>')


def many_styles() -> bytes:
    codes = "".join(f'<numFmt numFmtId="{n}" formatCode="{"0" * 200}{n}"/>' for n in range(200, 49_000))
    used = "".join(f'<xf numFmtId="{n}"/>' for n in range(200, 49_000))
    style = f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><cellXfs>{used}</cellXfs></styleSheet>'
    return book({"名单": [row(*NARROW), row("张", "身份证", resident(1))]}, style=style)


def many_sheets() -> bytes:
    rows = [row(*NARROW), *(row("张", "身份证", resident(n)) for n in range(1500))]
    return book({f"名单{n}": rows for n in range(255)})


def many_merges() -> bytes:
    rows = [row(*NARROW, "单位"), *(row("张", "身份证", resident(n), "示例一厂") for n in range(90_000))]
    ranges = merges(*(f"D{n}:D{n + 1}" for n in range(2, 90_000, 2)))
    return book({"名单": sheet(rows, after=ranges)})


def merges_over_everything() -> bytes:
    rows = [row(*NARROW, "单位"), *(row("张", "身份证", resident(n), "示例一厂") for n in range(2000))]
    return book({"名单": sheet(rows, after=merges(*["D2:D1048576"] * 50_000))})


def one_attribute() -> bytes:
    return book({"名单": f'<worksheet xmlns="{MAIN}" x="{"y" * 190 * MIB}"><sheetData/></worksheet>'})


def nested() -> bytes:
    return book({"名单": f'<worksheet xmlns="{MAIN}">{"<r>" * 30_000_000}'})


def blank_rows() -> bytes:
    return book({"名单": [row(*NARROW), row("张", "身份证", resident(1)), *["<row/>"] * 10_000_000]})


def directory_of_many_entries() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        for n in range(180_000):
            packed.writestr(f"{n}", "")
    return file.getvalue()[: 20 * MIB]


def _stored(sheets: dict[str, str], strings: str) -> bytes:
    return book(sheets, shared=strings)


FILES: tuple[Callable[[], bytes], ...] = (
    *(full_roster, twelve_columns_of_shared_strings, most_text, most_text_of_strings, many_styles, many_sheets),
    *(many_merges, merges_over_everything, one_attribute, nested, blank_rows, directory_of_many_entries),
)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + MIB] for start in range(0, len(data), MIB))


def _read_and_delete(made: Path) -> bytes:
    data = made.read_bytes()
    made.unlink()
    return data


async def measure(data: bytes) -> tuple[str, int]:
    """The outcome of reading the file, and the child's peak memory in MiB."""
    try:
        inflated_size(data)
        async with sandboxed(FUNCTION, _pieces(data), limits=LARGE) as records:
            first = await anext(records)
            rows = sum([len(some) async for some in records])
        outcome = first["refused"]["code"] if "refused" in first else f"{rows} rows"
        return outcome, records.peak_bytes // MIB
    except RefusedFile as refusal:
        return f"{refusal.code} on upload", 0
    except SandboxFailed as failed:
        return f"FILE_UNREADABLE ({failed})", LARGE.memory_bytes // MIB


async def main() -> int:
    worst = 0
    requested = set(sys.argv[1:])
    for make in (make for make in FILES if not requested or make.__name__ in requested):
        made = Path(f"/dev/shm/{make.__name__}.xlsx")
        # A separate process makes the file, so that its memory does not count as memory of this process.
        maker = await asyncio.create_subprocess_exec(sys.executable, __file__, "--make", make.__name__, str(made))
        assert await maker.wait() == 0, make.__name__
        data = _read_and_delete(made)
        started = time.monotonic()
        outcome, peak = await measure(data)
        worst = max(worst, peak)
        size, seconds = len(data) / MIB, time.monotonic() - started
        print(f"{make.__name__:34} {size:5.1f} MiB  child {peak:4} MiB  {seconds:6.1f} s  {outcome}", flush=True)
    print(f"workbook-memory: peak_child_mib={worst} peak_service_mib={own_peak_mib()}")
    return 1 if max(worst, own_peak_mib()) > MOST_MIB else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        Path(sys.argv[3]).write_bytes({make.__name__: make for make in FILES}[sys.argv[2]]())
    else:
        sys.exit(asyncio.run(main()))
