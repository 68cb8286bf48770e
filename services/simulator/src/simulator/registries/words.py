"""The manual's words for a status, and the city's raw codes for them (F107–F117)."""

from collections.abc import Mapping
from types import MappingProxyType

from chassis.normalization import text_key

#: If a record is loaded with this word, the registry answers that it has no record of the person (A42).
NO_RECORD = "-"

#: 未知 gives a code that is not documented. It tests that status-checker does not treat such a code as normal (D14).
CARD_CODES: Mapping[str, str | None] = MappingProxyType(
    {
        "不明确": "0",
        "正常": "1",
        "封存": "2",
        "挂失": "3",
        "锁定": "4",
        "注销": "5",
        "未知": "99",
        NO_RECORD: None,
        "": None,
    }
)
EMPLOYMENT_CODES: Mapping[str, str | None] = MappingProxyType(
    {
        "在职": "10",
        "离职": "11",
        "失业": "12",
        "退休": "20",
        "死亡": "30",
        "不明确": "90",
        "未知": "99",
        NO_RECORD: None,
        "": None,
    }
)

UNCLEAR_CARD = "0"
UNCLEAR_EMPLOYMENT = "90"
UNDOCUMENTED = "99"


def word_of(text: str) -> str:
    """The text of a cell in the spelling of the keys of CARD_CODES and EMPLOYMENT_CODES.

    One or more dashes of any kind give NO_RECORD.
    """
    word = text_key(text)
    return NO_RECORD if word and not word.strip(NO_RECORD) else word
