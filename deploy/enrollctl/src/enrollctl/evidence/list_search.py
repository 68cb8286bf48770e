"""Finds out whether a person is in the list of a pack, by the keyed hash (digest) of the person's document number.

If the digests had no key, everybody with a pack could hash all numbers that fit a masked number. For a resident of
Shanghai these are about 27,000 numbers, and hashing them takes less than a second. So the digests are made with a key
that is not in the pack (ADR 0019).
"""

import hmac
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from chassis.normalization import code_key
from chassis.privacy import BlindIndex, Keys
from contracts.words import DocumentType
from enrollctl.errors import WrongUse

PURPOSE = "evidence-list"
KEY = re.compile(r"[0-9a-f]{32}")
#: At most this many bytes of a file with a list key are read.
MOST_BYTES = 1024


def list_key(keys: Keys, pack_id: str) -> str:
    """The key of one pack's list, 32 hexadecimal characters. The stack can derive it again at any time."""
    return BlindIndex(keys).of(PURPOSE, pack_id)


def read_list_key(path: Path) -> str:
    """The list key in the file. Raises WrongUse if the file contains no list key."""
    with path.open("rb") as file:
        text = file.read(MOST_BYTES).decode("ascii", "replace").strip()
    if not KEY.fullmatch(text):
        raise WrongUse(f"{path} holds no list key; `enrollctl evidence list-key PACK` prints the one of a pack")
    return text


def person_digest(key: str, document_type: str, number: str) -> str:
    """HMAC-SHA256 of document type and number. Spaces, case and width of the number's characters do not matter."""
    text = f"{document_type}|{code_key(number)}"
    return hmac.new(key.encode(), text.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def person_digests(key: str, number: str, document_types: Iterable[DocumentType]) -> set[str]:
    """The digests of a number under each of these document types."""
    return {person_digest(key, one.value, number) for one in document_types}
