"""The normalizer makes two texts of what a user writes: the text that is stored, and the key that searches compare. The
stored text keeps every visible character. Texts that look the same to a reader have the same key (D11).
"""

from collections.abc import Callable, Iterable
from functools import cache
from unicodedata import category, decimal, ucd_3_2_0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.normalization import (
    NameProblem,
    bare_code_key,
    code_key,
    display_name,
    display_text,
    half_width,
    mobile_key,
    name_key,
    name_problem,
    text_key,
)
from chassis.normalization import characters as known

EVERY = range(0x110000)
CHUNK = 2_048
FUNCTIONS = (
    display_name,
    display_text,
    half_width,
    name_key,
    text_key,
    code_key,
    bare_code_key,
    mobile_key,
)
FORMS: list[tuple[Callable[[str], str], Callable[[str], str]]] = [
    (name_key, display_name),
    (text_key, display_text),
    (text_key, half_width),
]
#: Characters for every rule, and characters for which no rule exists.
TRICKY = "王明䶮𠮷\U00031351\U0002edcd\ue863\U000f1234⼈⻢神é́eß İıſａＢ１٣୩²①㈱ ﷺ﷼ᠮᠣ가각 "
TRICKY += "\u0378\u05ff\U0001e8ff\ud800\udfff\ufffd\uffff\0\x85\x9f\n\t"
NAMED = "".join(
    map(chr, known.UNSEEN | known.SPACES | known.LINE_BREAKS | known.DOTS | known.STOPS | known.APOSTROPHES)
)
texts = st.text(st.sampled_from(TRICKY + NAMED + "-–—()（）+86138'") | st.characters(codec=None), max_size=12)


def chunks(codes: Iterable[int]) -> list[str]:
    """Join these characters into few long texts; a loop over single characters would take minutes."""
    found = "".join(map(chr, codes))
    return [found[start : start + CHUNK] for start in range(0, len(found), CHUNK)]


EVERYTHING = chunks(EVERY)


@cache
def with_forms() -> list[str]:
    """Characters that Unicode 3.2 contains and that possibly have another form.

    Plain ideographs, syllables and letters are left out.
    """
    known_long = (chr(code) for code in EVERY if ucd_3_2_0.category(chr(code)) not in ("Cn", "Co", "Cs"))
    return [one for one in known_long if ucd_3_2_0.category(one) != "Lo" or ucd_3_2_0.decomposition(one)]


@pytest.mark.row("D11")
@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("王　明", "王明"),
        ("王 明", "王明"),
        (" 王\u00a0 明\u3000", "王明"),
        ("王\n小明", "王小明"),
        ("王\r\n小\t明", "王小明"),
        ("王\u2028小明", "王小明"),
        ("\ufeff王明\u00a0", "王明"),
        ("王\u200b\u2060明\0", "王明"),
        ("\u202a王明\u202c\u200e", "王明"),
        ("王\u200d明", "王明"),
        ("王\ufe0f明", "王明"),
        ("司马　 明", "司马明"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        *((f"阿依古丽{dot}买买提", "阿依古丽·买买提") for dot in "﹒․⦁˙ᐧ⸰🞄𐄁ㆍ"),
        ("阿依古丽 ・ 买买提", "阿依古丽·买买提"),
        ("阿依古丽。买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽●买买提", "阿依古丽·买买提"),
        ("阿依古丽··买买提", "阿依古丽·买买提"),
        ("Ｊｏｈｎ　Ｓｍｉｔｈ", "John Smith"),
        ("John  \n Smith", "John Smith"),
        ("J. Smith", "J. Smith"),
        ("王 John", "王 John"),
    ],
)
def test_a_name_is_stored_without_what_copying_and_padding_added(written: str, stored: str):
    assert display_name(written) == stored
    assert name_key(written) == name_key(stored)


@pytest.mark.row("D11")
@pytest.mark.parametrize(
    "name",
    [
        "王\ue863",  # private use of the GBK era
        "张\U0002edcd",  # CJK extension I
        "李\U00031351",  # CJK extension H
        "王\U00033fff",  # a plane 3 character that nobody has defined yet
        "王\U000f1234",  # private use of plane 15, as registries write it
        "㐂𠮷",
        "⼈明",  # a Kangxi radical
        "\ufa19田",  # a compatibility ideograph
        "葛\U000e0100城",  # with an ideographic variation selector
        "神\ufe00田",
        "ᠮᠣᠩᠭᠣᠯ\u180eᠠ",  # a Mongolian vowel separator
        "می\u200cرود",  # a non-joiner in Arabic script
        "བསོད་ནམས",
        "José",
        "Jose\u0301",
        "김민수",
    ],
)
def test_what_a_name_is_written_with_is_kept(name: str):
    assert display_name(name) == name
    assert name_problem(name) is None


@pytest.mark.row("D11")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("阿依古丽·买买提", "阿依古丽 买买提"),
        ("John Smith", "ＪＯＨＮ　SMITH"),
        ("José", "Jose\u0301"),
        ("⼈明", "人明"),
        ("⻢明", "马明"),
        ("\ufa19田", "神田"),
        ("葛\U000e0100城", "葛城"),
        ("王\ue863", "王\u4dae"),  # FE9F is U+E863 in GBK, but U+4DAE in GB 18030-2005
        ("王\ue816", "王\U00020087"),  # L2/06-394
        ("می\u200cرود", "میرود"),
        ("O’Brien", "O'Brien"),
        ("Jean–Luc", "Jean-Luc"),
    ],
)
def test_writings_that_read_alike_have_one_key(one: str, other: str):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("王\ufffd", NameProblem.LOST),
        ("王?", NameProblem.LOST),
        ("王〓", NameProblem.LOST),
        ("王锟斤拷", NameProblem.LOST),
        ("ç\x8e\x8bæ\x98\x8e", NameProblem.LOST),
        ("王\ud800", NameProblem.IMPOSSIBLE),
        ("王\uffff", NameProblem.IMPOSSIBLE),
        ("王\U00050000", NameProblem.IMPOSSIBLE),
        *((name, NameProblem.MASKED) for name in ("王*明", "王＊＊", "王×明", "＊明", "欧阳○○", "J*** Smith")),
        ("·买买提", NameProblem.NO_LETTER_FIRST),
        ("• 王明", NameProblem.NO_LETTER_FIRST),
        ("=1+1", NameProblem.NO_LETTER_FIRST),
        ("12", NameProblem.NO_LETTER_FIRST),
        ("😀王", NameProblem.NO_LETTER_FIRST),
        ("\U00031351明", None),
        ("\ue863明", None),
        ("⼈明", None),
        ("", None),
    ],
)
def test_a_name_with_lost_or_impossible_characters_is_told(name: str, problem: NameProblem | None):
    assert name_problem(name) is problem


@pytest.mark.row("D11")
@pytest.mark.parametrize(
    "written",
    [
        "示例（上海）",
        "示例(上海)",
        " 示例 (上海) ",
        "示例\u200b（上海）",
        "示例﹙上海﹚",
        "示例〔上海〕",
        "示例【上海】",
        "示例〖上海〗",
        "示例[上海]",
        "示例［上海］",
        "示例｛上海｝",
        "示例︵上海︶",
        "示例（上\n海）",
    ],
)
def test_a_units_name_has_one_key_and_keeps_its_form(written: str):
    assert text_key(written) == "示例(上海)"
    assert display_text("\ufeff 示例（上海） ") == "示例（上海）"


@pytest.mark.row("D11", "D23")
@pytest.mark.parametrize(
    "written",
    [
        "FT2024-05X",
        " ft 2024-05x ",
        "FT2024-05X\u200b",
        "FT2024-05X\ufffc",
        "FT2024-05X'",
        '"FT2024-05X"',
        "“FT2024-05X”",
        "「FT2024-05X」",
        "＂FT2024-05X＂",
        '="FT2024-05X"',
        "FT\u20602024-05X",
        "'FT2024-05X",
        "’FT2024-05X",
        "ʼFT2024-05X",
        "＇FT2024-05X",
        "\ufeff´FT2024-05X",
        "ＦＴ２０２４－０５Ｘ",
        "FT2024–05X",
        "FT2024—05X",
        "FT2024−05X",
        "FT2024\u201105X",
        "FT2024-\u00ad05X",
        "FT2024-05X\ufe0f",
        "FT٢٠٢٤-٠٥X",
        "FT𝟐𝟎𝟐𝟒-𝟎𝟓𝐗",
        "FT2024-05Ⅹ",
        "\0FT2024-05X\x1f",
    ],
)
def test_a_reference_has_one_key_however_it_is_written(written: str):
    assert code_key(written) == "FT2024-05X"


@pytest.mark.parametrize("mark", ["①", "²", "½"])
def test_a_footnote_mark_is_no_digit(mark: str):
    assert code_key(f"E1234567{mark}") == f"E1234567{mark}"


@pytest.mark.parametrize(
    "written", ["13812345678", "+86 138-1234-5678", "0086(138)12345678", "١٣٨١٢٣٤٥٦٧٨", "'８６13812345678\u200b"]
)
def test_a_mobile_is_eleven_ascii_digits(written: str):
    assert mobile_key(written) == "13812345678"


def test_a_display_form_drops_nothing_of_all_planes_that_is_not_named():
    named = known.UNSEEN | known.SPACES | known.LINE_BREAKS | known.DOTS | known.STOPS
    unnamed = [code for code in EVERY if code not in named and not 0xFF01 <= code <= 0xFF5E]
    for chunk in chunks(unnamed):
        for form in (display_text, half_width, display_name):
            assert form(f"王{chunk}明") == f"王{chunk}明"


def test_what_is_named_invisible_is_no_letter_digit_or_sign():
    """If a Unicode table called one of these characters visible, it would be wrong to drop it."""
    fine = ("Cf", "Cc", "Mn", "Lo")  # the letters are Hangul fillers
    assert {category(chr(code)) for code in known.UNSEEN} <= set(fine)


def test_keys_keep_every_character_that_tables_may_not_know():
    named = known.UNSEEN | known.DOTS | known.STOPS | known.DASHES
    for chunk in chunks(code for code in EVERY if ucd_3_2_0.category(chr(code)) in ("Cn", "Cs")):
        seen = "".join(one for one in chunk if ord(one) not in named)
        kept = "".join(one for one in seen if not 0xFA6B <= ord(one) <= 0xFAD9)
        for key in (name_key, text_key, code_key):
            assert key(kept) == kept


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_applied_twice_changes_nothing_more(function: Callable[[str], str]):
    for chunk in EVERYTHING:
        once = function(chunk)
        assert function(once) == once
    for character in with_forms():
        once = function(character)
        assert function(once) == once


@pytest.mark.parametrize(("key", "form"), FORMS)
def test_a_form_has_the_key_of_what_was_written(key: Callable[[str], str], form: Callable[[str], str]):
    for chunk in EVERYTHING:
        assert key(form(chunk)) == key(chunk)
    for character in with_forms():
        assert key(form(f"王{character}明")) == key(f"王{character}明")


@given(texts)
def test_of_any_text_a_form_keeps_the_key_and_twice_is_once(text: str):
    for key, form in FORMS:
        assert key(form(text)) == key(text)
    for function in FUNCTIONS:
        once = function(text)
        assert function(once) == once
    name_problem(text)


@pytest.mark.parametrize("text", [")`0", '=("0")', "('13900000000')"])
def test_marks_behind_a_bracket_are_no_part_of_a_mobile(text: str):
    once = mobile_key(text)
    assert once.isdigit()
    assert mobile_key(once) == once


@given(texts)
def test_no_code_has_a_digit_of_another_script(text: str):
    key = code_key(text)
    assert not any(decimal(one, None) is not None for one in key if ucd_3_2_0.category(one) == "Nd" and one > "9")
