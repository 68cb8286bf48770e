"""Folds text for keys: the variants of a character become one character. Variants are upper and lower case,
compatibility forms, radicals and private-use codes. Every Python version gives the same result.
"""

import re
from collections.abc import Callable
from itertools import groupby
from unicodedata import decimal, decomposition, normalize, ucd_3_2_0

#: Compatibility ideographs that are newer than Unicode 3.2 but are folded, too, because all Python versions that we use
#: fold them in the same way.
LATER = frozenset(chr(code) for code in (*range(0xFA6B, 0xFA6E), *range(0xFA70, 0xFADA)))
#: Ranges of known characters (`_is_known`). Nearly every text consists only of characters in these ranges. For such a
#: text `_of_known` does not check each character.
SURELY_KNOWN = re.compile(r"[\0-\u01ff\u2010-\u2027\u3000-\u3029\u3041-\u3094\u3400-\u4db5\u4e00-\u9fa5\uff01-\uff5e]*")

#: Radicals that PDF readers return instead of the ideographs that they look like. NFKC maps other radicals, but not
#: these (Unicode, EquivalentUnifiedIdeograph.txt, block CJK Radicals Supplement).
RADICALS = str.maketrans(
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺠⺡⺢⺣⺤⺥⺦⺧⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺"
    "⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲",
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑𫜹忄心扌攵旡日月歺民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀"
    "聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀",
)
#: GB 18030-2005 still gives private-use codes to some characters. Since Unicode 4.1 each of these characters has a
#: regular code (L2/06-394).
KEPT_BY_2005 = str.maketrans(
    "\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue864",
    "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u9fbb",
)


def _gbk_private_use() -> dict[int, str]:
    """GBK put the bytes FE50–FEA0 at U+E815–U+E864. GB 18030 gave most of these bytes regular codes, for
    example U+4DAE instead of U+E863. Python decodes the other bytes to the private-use codes of GB 18030-2005, which
    `KEPT_BY_2005` replaces.
    """
    trails = [trail for trail in range(0x50, 0xA1) if trail != 0x7F]
    standard = {0xE815 + place: bytes([0xFE, trail]).decode("gb18030") for place, trail in enumerate(trails)}
    return {code: text.translate(KEPT_BY_2005).translate(RADICALS) for code, text in standard.items()}


IDEOGRAPHS_OF = RADICALS | _gbk_private_use()


#: Footnote marks and fractions are not folded to digits, because "E1234567①" must not become another number.
NO_PART_OF_A_CODE = ("<super>", "<sub>", "<circle>", "<fraction>", "<square>")
#: A change is repeated until it changes nothing, but at most this many times. A compatibility form of a compatibility
#: form takes two rounds.
MOST_ROUNDS = 4


def settled(change: Callable[[str], str], text: str) -> str:
    """Apply the change until the text stays the same, at most `MOST_ROUNDS` times."""
    for _ in range(MOST_ROUNDS):
        changed = change(text)
        if changed == text:
            break
        text = changed
    return text


def folded(text: str) -> str:
    """NFKC and case folding of the characters that all Python versions fold in the same way. Radicals and GBK's
    private-use codes become ideographs.
    """
    return _of_known(lambda run: normalize("NFKC", normalize("NFKC", run).casefold()), text.translate(IDEOGRAPHS_OF))


def folded_code(text: str) -> str:
    """The text in upper case. Decimal digits of every script become ASCII digits. Full-width letters and other
    compatibility forms are folded, except those in `NO_PART_OF_A_CODE`.
    """
    return _of_known(lambda run: normalize("NFC", run).upper(), "".join(map(_code_character, text)))


def _code_character(character: str) -> str:
    if character.isascii():
        return character
    if not _is_known(character) or decomposition(character).startswith(NO_PART_OF_A_CODE):
        return character
    digit = decimal(character, None)
    return normalize("NFKC", character) if digit is None else str(digit)


def _of_known(change: Callable[[str], str], text: str) -> str:
    """Apply the change to each run of known characters; the characters between the runs are kept."""
    if SURELY_KNOWN.fullmatch(text):
        return change(text)
    return "".join(change("".join(run)) if known else "".join(run) for known, run in groupby(text, _is_known))


def _is_known(character: str) -> bool:
    """Whether all Python versions fold the character in the same way: it is in Unicode 3.2, or in `LATER`."""
    return ucd_3_2_0.category(character) != "Cn" or character in LATER
