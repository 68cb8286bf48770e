"""Spellings of names, numbers and texts. In each pair of spellings, the first is the stored one, and the second is the
one with which a user searches. The search must find the stored value, in any service.
"""

NAMES = (
    ("王明", "王　明"),
    ("王　明", "王明"),
    ("王\n小明", "王小明"),
    ("李华", " 李\u200b华\ufeff "),
    ("阿依古丽•买买提", "阿依古丽·买买提"),
    ("阿依古丽·买买提", "阿依古丽买买提"),
    ("吐尔逊.艾力", "吐尔逊・艾力"),
    ("Ｊｏｈｎ　Ｓｍｉｔｈ", "john smith"),
    ("Jose\u0301 García", "JOSÉ GARCÍA"),
    ("⼈⻢", "人马"),
    ("刘\ue863", "刘䶮"),
    ("张\U0002edcd", "张\U0002edcd"),
    ("李\U00031351", "李 \U00031351"),
    ("葛\U000e0100城", "葛城"),
    ("ᠪᠠᠲᠤ\u180eᠠ", "ᠪᠠᠲᠤᠠ"),
)
#: Spellings of "310101199301155520" or another number, as users type them into a search box.
SPELLINGS = (
    "{0}",
    " {0} ",
    "'{0}",
    "’{0}",
    "“{0}”",
    "\ufeff{0}\u200b",
    "{spaced}",
    "{wide}",
    "{arabic}",
    "{lower}",
)
TEXTS = (
    ("示例（上海）", "示例(上海)"),
    ("示例（上海）", " 上海 "),
    ("示例（上海）", "示例【上海】"),
    ("示例（上海）", "上\u200b海"),
    ("ABC Trading Co., Ltd.", "abc trading co.,ltd"),
    ("甲—乙公司", "甲-乙"),
)


def spellings(number: str) -> list[str]:
    """One number in all the spellings that a search box receives."""
    forms = {
        "spaced": f"{number[:6]} {number[6:14]}\u00a0{number[14:]}",
        "wide": number.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
        "arabic": number.translate({0x30 + digit: 0x660 + digit for digit in range(10)}),
        "lower": number.lower(),
    }
    return [form.format(number, **forms) for form in SPELLINGS]
