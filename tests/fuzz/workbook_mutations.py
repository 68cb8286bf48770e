"""Damages workbooks at random from a seed: the archive, the XML, and the numbers, references and counts in the XML."""

import io
import random
import re
import struct
import zipfile
from collections.abc import Callable

from fuzz.workbook_seeds import Parts, seeds

#: Values that once broke readers of workbooks.
NUMBERS = (
    *("0", "-1", "1", "2", "255", "16384", "65536", "1048576", "1048577", "2147483648", "4294967295"),
    *("9" * 20, "9" * 5000, "1e308", "1e999", "-1e-999", "NaN", "inf", "0x10", "", " ", "1.5", "１２", "1_000", "true"),
)
REFERENCES = (
    "A1",
    "A0",
    "XFD1048576",
    "ZZZZ9",
    "A99999999999",
    "1A",
    "",
    "a1",
    "$A$1",
    "A1:B2",
    "A1:XFD1048576",
    "R1C1",
)
FORMATS = (
    *(
        "0" * 16,
        "0" * 300,
        "General",
        "@",
        "yyyy-mm-dd",
        "[h]:mm",
        "0%",
        '"',
        "\\",
        "[",
        "#,##0.00_);[Red]",
        ";;;",
        "_",
        "*",
    ),
    *("[DBNum1]0", "0000-0000", "e", "年月日", "\U0010ffff0", "?/?", '"x"0000', "[<5]0;[>9]00"),
)
TEXTS = (
    "&#0;",
    "&#xD800;",
    "&#x10FFFF;",
    "&boom;",
    "]]>",
    "<!--",
    "\x00",
    "\ufffe",
    "_xD800_",
    "_x0000_",
    "王" * 33000,
)
ENCODINGS = ("utf-16", "utf-16-le", "gbk", "latin-1", "ascii", "utf-32", "cp1252", "no-such")
KINDS = ("inlineStr", "s", "str", "b", "e", "d", "n", "", "x")
PLACE = re.compile(rb'="[^"]*"')
TAG = re.compile(rb"<[^>]{1,2000}>")

Dice = random.Random
Change = Callable[[bytes, Dice], bytes]


def mutant(seed: int, number: int, start: list[Parts]) -> bytes:
    """A damaged workbook. The same seed and number give the same file."""
    dice = random.Random(f"{seed}/{number}")
    parts = dict(dice.choice(start))
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3))):
        name = dice.choice(_part_to_change(parts))
        parts[name] = dice.choice(CHANGES)(parts[name], dice)
    if dice.random() < 0.2:
        parts = dice.choice(PART_CHANGES)(parts, dice)
    data = _zipped(parts, dice)
    return dice.choice(ARCHIVE_CHANGES)(data, dice) if dice.random() < 0.35 else data


def starts() -> list[Parts]:
    return seeds()


def _part_to_change(parts: Parts) -> list[str]:
    """The names of the archive's files, from which the caller chooses one at random. Sheets, strings and styles are
    listed several times, so that they are chosen more often.
    """
    often = [name for name in parts if any(word in name for word in ("sheet", "haredStrings", "styles", "workbook"))]
    return [*parts, *often * 4]


def _zipped(parts: Parts, dice: Dice) -> bytes:
    file = io.BytesIO()
    kind = dice.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with zipfile.ZipFile(file, "w") as packed:
        for name, data in parts.items():
            # Without a fixed time the archive would differ in each run.
            packed.writestr(zipfile.ZipInfo(name), data, kind)
    return file.getvalue()


def _value(data: bytes, dice: Dice) -> bytes:
    """Change the value of an attribute."""
    found = list(PLACE.finditer(data))
    if not found:
        return data
    at = dice.choice(found)
    value = dice.choice((*NUMBERS, *REFERENCES, *FORMATS, *KINDS)).replace('"', "&quot;").replace("<", "&lt;")
    return data[: at.start()] + f'="{value}"'.encode() + data[at.end() :]


def _attribute(data: bytes, dice: Dice) -> bytes:
    """Give an element an attribute that the reader evaluates."""
    name = dice.choice(
        ("r", "t", "s", "hidden", "ht", "ref", "min", "max", "count", "uniqueCount", "numFmtId", "state")
    )
    value = dice.choice((*NUMBERS, *REFERENCES, *KINDS))
    return _at_a_tag(data, dice, lambda tag: re.sub(rb"(/?>)$", f' {name}="{value}"'.encode() + rb"\1", tag))


def _number(data: bytes, dice: Dice) -> bytes:
    found = list(re.finditer(rb">[0-9.]+<", data))
    if not found:
        return _value(data, dice)
    at = dice.choice(found)
    return data[: at.start()] + f">{dice.choice(NUMBERS)}<".encode() + data[at.end() :]


def _text(data: bytes, dice: Dice) -> bytes:
    at = dice.randrange(len(data) + 1)
    return data[:at] + dice.choice(TEXTS).encode("utf-8", "surrogatepass") + data[at:]


def _at_a_tag(data: bytes, dice: Dice, change: Callable[[bytes], bytes]) -> bytes:
    found = list(TAG.finditer(data))
    if not found:
        return data
    at = dice.choice(found)
    return data[: at.start()] + change(at[0]) + data[at.end() :]


def _drop_tag(data: bytes, dice: Dice) -> bytes:
    return _at_a_tag(data, dice, lambda tag: b"")


def _repeat_tag(data: bytes, dice: Dice) -> bytes:
    times = dice.choice((2, 3, 100, 20_000))
    return _at_a_tag(data, dice, lambda tag: tag * times)


def _rename_tag(data: bytes, dice: Dice) -> bytes:
    name = dice.choice(
        (b"row", b"c", b"v", b"is", b"t", b"f", b"rPh", b"si", b"sheetData", b"mergeCell", b"xf", b"x:row")
    )
    return _at_a_tag(data, dice, lambda tag: re.sub(rb"^<(/?)[^\s/>]+", rb"<\1" + name, tag))


def _repeat_piece(data: bytes, dice: Dice) -> bytes:
    """Repeat rows, strings or whole sheets, in order or out of order."""
    first = dice.randrange(len(data) + 1)
    piece = data[first : first + dice.choice((50, 500, 5000))]
    return data[:first] + piece * dice.choice((1, 2, 50)) + data[first:]


def _cut(data: bytes, dice: Dice) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _flip(data: bytes, dice: Dice) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 2, 10, 100)) if changed else 0):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _encode(data: bytes, dice: Dice) -> bytes:
    """Encode the text in one encoding, but declare a different encoding."""
    name, other = dice.choice(ENCODINGS), dice.choice(ENCODINGS)
    text = re.sub(r"^<\?xml[^>]*\?>", "", data.decode("utf-8", "replace"))
    head = f'<?xml version="1.0" encoding="{name}"?>'
    try:
        return (head + text).encode(other, "replace")
    except LookupError:
        return (head + text).encode()


def _deep(data: bytes, dice: Dice) -> bytes:
    depth = dice.choice((100, 10_000, 200_000))
    return _at_a_tag(data, dice, lambda tag: b"<r>" * depth + tag + b"</r>" * dice.choice((0, depth)))


def _entities(data: bytes, dice: Dice) -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "x" * 10}">' for n in range(9))
    return f"<!DOCTYPE w [{levels}]>".encode() + _at_a_tag(data, dice, lambda tag: tag + b"&a8;")


def _wide(data: bytes, dice: Dice) -> bytes:
    """Insert one very long value or attribute list."""
    size = dice.choice((40_000, 2_000_000))
    return _at_a_tag(data, dice, lambda tag: re.sub(rb"(/?>)$", b' x="' + b"y" * size + rb'"\1', tag))


def _blank(data: bytes, dice: Dice) -> bytes:
    return b"" if dice.random() < 0.5 else bytes(dice.choice((1, 1000)))


CHANGES: tuple[Change, ...] = (
    *(_value, _value, _attribute, _attribute, _number, _text, _drop_tag, _repeat_tag, _rename_tag, _repeat_piece),
    *(_cut, _flip, _encode, _deep, _entities, _wide, _blank),
)


def _drop_part(parts: Parts, dice: Dice) -> Parts:
    dropped = dice.choice(list(parts))
    return {name: data for name, data in parts.items() if name != dropped}


def _swap_parts(parts: Parts, dice: Dice) -> Parts:
    one, other = dice.choice(list(parts)), dice.choice(list(parts))
    return parts | {one: parts[other], other: parts[one]}


def _rename_part(parts: Parts, dice: Dice) -> Parts:
    old = dice.choice(list(parts))
    new = dice.choice(("XL/Workbook.XML", "../up.xml", "/xl/styles.xml", "xl\\worksheets\\sheet1.xml", "a" * 5000, "x"))
    return {new if name == old else name: data for name, data in parts.items()}


def _more_parts(parts: Parts, dice: Dice) -> Parts:
    return parts | {f"xl/more/{n}.xml": b"x" for n in range(dice.choice((5, 900, 1100)))}


PART_CHANGES: tuple[Callable[[Parts, Dice], Parts], ...] = (_drop_part, _swap_parts, _rename_part, _more_parts)


def _directory(data: bytes, dice: Dice) -> bytes:
    """Change bytes of the archive's directory, which contains sizes, offsets and checksums."""
    start = max(data.rfind(b"PK\x01\x02", 0, len(data) - dice.randrange(1, 200)), 0)
    changed = bytearray(data)
    for _ in range(dice.choice((1, 3, 8))):
        changed[dice.randrange(start, len(changed))] = dice.choice((0, 1, 255, dice.randrange(256)))
    return bytes(changed)


def _sizes(data: bytes, dice: Dice) -> bytes:
    places = [found.start() for found in re.finditer(rb"PK\x01\x02", data)]
    if not places:
        return data
    at = dice.choice(places) + dice.choice((8, 10, 16, 20, 24, 28, 30, 42))
    return data[:at] + struct.pack("<I", dice.choice((0, 1, 8, 12, 0xFFFFFFFF, 0x7FFFFFFF, 10**6))) + data[at + 4 :]


def _around(data: bytes, dice: Dice) -> bytes:
    junk = bytes(dice.randrange(256) for _ in range(dice.choice((1, 100))))
    return dice.choice((junk + data, data + junk, data + data, data[:4] + junk + data[4:]))


ARCHIVE_CHANGES: tuple[Change, ...] = (_directory, _directory, _sizes, _sizes, _around, _cut, _flip)
