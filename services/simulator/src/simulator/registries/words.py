"""The manual's words for a status and the city's own raw codes for it (F107–F117)."""

from collections.abc import Mapping
from types import MappingProxyType

from chassis.normalization import text_key

#: The word of a loaded record that means: the registry holds no record of this person (A42).
NO_RECORD = "-"

#: 未知 stands for any code that nobody has told us of; readers must not take it for normal (D14).
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
UNHEARD_OF = "99"


def word_of(text: str) -> str:
    """A cell as one of the words; a dash of any kind and length is "no record"."""
    word = text_key(text)
    return NO_RECORD if word and not word.strip(NO_RECORD) else word
