"""Sets of characters that the other modules of this package replace, remove or reject."""

from collections.abc import Iterable


def _points(*ranges: tuple[int, int] | int) -> frozenset[int]:
    spans = [(one, one) if isinstance(one, int) else one for one in ranges]
    return frozenset(code for first, last in spans for code in range(first, last + 1))


def characters(codes: Iterable[int]) -> str:
    """The code points, as the content of a character class in a regular expression."""
    return "".join(f"\\U{code:08x}" for code in sorted(codes))


#: Tab, line feed, vertical tab, form feed, carriage return, next line, line and paragraph separator. In a display form
#: they become spaces.
LINE_BREAKS = _points((0x09, 0x0D), 0x85, 0x2028, 0x2029)
#: Common, no-break, Ogham, typographic, narrow, mathematical and ideographic spaces; also two Hangul fillers and the
#: empty Braille cell, which look like a space.
SPACES = _points(0x20, 0xA0, 0x1680, (0x2000, 0x200A), 0x202F, 0x205F, 0x3000, 0x2800, 0x3164, 0xFFA0)
CONTROLS = _points((0x00, 0x1F), (0x7F, 0x9F)) - LINE_BREAKS
#: A name contains these control characters if a program has read the name's UTF-8 bytes as Latin-1.
C1_CONTROLS = _points((0x80, 0x9F)) - LINE_BREAKS

#: Invisible characters without meaning in any script. Text copied from web pages, chats and PDF files contains them.
INVISIBLE = _points(
    0x00AD,  # soft hyphen
    0x034F,  # combining grapheme joiner
    0x061C,  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul choseong and jungseong fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    0x200B,  # zero-width space
    (0x200E, 0x200F),  # left-to-right and right-to-left marks
    (0x202A, 0x202E),  # embeddings and overrides of direction
    (0x2060, 0x2064),  # word joiner, invisible operators
    (0x2066, 0x206F),  # isolates of direction, deprecated format characters
    (0xFE0E, 0xFE0F),  # text and emoji presentation
    0xFEFF,  # byte order mark
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    0xE0001,  # language tag
    (0xE0020, 0xE007F),  # tags
)
#: A variation selector selects the glyph of the ideograph before it. It is part of the spelling of a name, so a display
#: form keeps it.
VARIATION_SELECTORS = _points((0xFE00, 0xFE0D), (0xE0100, 0xE01EF))
#: Zero-width (non-)joiner, Mongolian variation selectors and vowel separator. They are part of the spelling in scripts
#: that join letters.
JOINERS = _points((0x200C, 0x200D), (0x180B, 0x180F))
#: Characters that a key ignores.
UNSEEN = CONTROLS | INVISIBLE | VARIATION_SELECTORS | JOINERS

#: Characters that are written instead of the middle dot U+00B7 between the parts of a name.
DOTS = _points(
    *(0xB7, 0x0387, 0x16EB, 0x2022, 0x2027, 0x2219, 0x22C5, 0x2981, 0x2E31, 0x2E33, 0x30FB, 0xA78F, 0xFF65),
    *(0x10101, 0x1F784),
)
#: Full stops, round bullets, letters and accents that look like a dot. They count as a middle dot only between
#: ideographs.
STOPS = _points(
    *(0x2E, 0x02D9, 0x1427, 0x2024, 0x2218, 0x25CF, 0x25E6, 0x26AB, 0x2E30, 0x3002, 0x318D, 0xFE52, 0xFF0E, 0xFF61)
)
#: Hyphens, dashes, minus signs.
DASHES = _points(0x2D, 0x02D7, (0x2010, 0x2015), 0x2212, (0x2E3A, 0x2E3B), 0xFE58, 0xFE63, 0xFF0D)
#: The apostrophe by which Excel marks text, in every form that keyboards and editors produce.
APOSTROPHES = _points(0x27, 0x60, 0xB4, 0x02B9, 0x02BB, 0x02BC, (0x2018, 0x201B), 0x2032, 0x2035, 0xFF07, 0xFF40)
#: Quotation marks (typographic, Chinese, full-width) around a code that was copied from a sentence or a program.
QUOTES = _points(0x22, 0x201C, 0x201D, 0x201E, 0x201F, 0x2033, (0x300C, 0x300F), (0xFE41, 0xFE44), 0xFF02)
#: Characters that are written instead of ( and ) in the names of companies.
OPENING = _points(0x28, 0x5B, 0x7B, 0x3010, 0x3014, 0x3016, 0x2768, 0xFF08, 0xFF3B, 0xFF5B, 0xFF5F)
CLOSING = _points(0x29, 0x5D, 0x7D, 0x3011, 0x3015, 0x3017, 0x2769, 0xFF09, 0xFF3D, 0xFF5D, 0xFF60)
#: In copied text this character stands for an embedded object, such as a picture. It is never part of a code.
OBJECT = 0xFFFC

#: Ideographs, assigned or not: radicals, 々〇, CJK blocks, planes 2 and 3. Rare ideographs also have private-use codes:
#: software of the GBK era uses E000–F8FF, registries use planes 15 and 16.
IDEOGRAPHS = r"\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
PRIVATE_USE = r"\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
HAN = IDEOGRAPHS + PRIVATE_USE
#: Scripts that are spelled with joiners: Arabic to Tibetan, Myanmar, Khmer and Mongolian, Arabic presentation forms.
JOINING = r"\u0600-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc"

#: Signs of a lost character: replacement characters, an empty box, the geta mark 〓, question marks, C1 controls.
LOST = _points(0xFFFC, 0xFFFD, 0x25A1, 0x3013, 0x3F, 0xFF1F) | C1_CONTROLS
#: Characters that replace a hidden character: asterisks, a multiplication sign, circles, blocks.
MASKS = _points(0x2A, 0xD7, 0x204E, 0x2217, 0x25A0, 0x25CB, 0x25EF, 0x2588, 0x2731, 0x2732, 0xFE61, 0xFF0A)
#: Code points that no valid text contains: surrogates, noncharacters, and planes that stay unassigned.
IMPOSSIBLE = (
    r"\ud800-\udfff\ufdd0-\ufdef\ufffe-\uffff\U0001fffe-\U0001ffff\U0002fffe-\U0002ffff\U0003fffe-\U000e0000"
    r"\U000e0002-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000effff\U000ffffe-\U000fffff\U0010fffe-\U0010ffff"
)
