"""The manifest of an evidence pack. It names every document with its hash, and its signature covers the whole pack.

`digests.json` has the hash of every row, and the manifest lists it like a document. If a document was altered, it tells
which of its rows differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from chassis.audit_chain import Head
from chassis.validation import Instant
from enrollctl.errors import WrongUse
from enrollctl.evidence.canonical import canonical, digest, joined
from enrollctl.evidence.documents.rows import Document, Row, Sha256
from enrollctl.evidence.signing import SigningKey

FORMAT = "union-enrollment/evidence/1"
MANIFEST, SIGNATURE, DIGESTS = "manifest.json", "manifest.sig", "digests.json"
#: What a finding calls the part of a document that belongs to no single row.
ABOUT = "its part `about`"
#: The longest text that is read as the name of a row.
MOST_CHARACTERS = 200

#: The name of each row, in order, with the hash of its canonical JSON.
RowDigests = list[tuple[str, str]]


class Listed(BaseModel):
    """A document as it was signed. `rows`: how many rows it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    sha256: Sha256
    bytes: int
    rows: int


class PackHead(BaseModel):
    """The last block of a service's audit chain when the pack was made, as `enrollctl audit head --json` prints it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    position: int
    up_to_id: int
    hash: Sha256
    sealed_at: str

    @classmethod
    def of(cls, head: Head) -> "PackHead":
        return cls(
            service=head.service, position=head.position, up_to_id=head.up_to_id, hash=head.hash,
            sealed_at=head.sealed_at,
        )  # fmt: skip


class Manifest(BaseModel):
    """`pack_id`: another one for each export. `key_id`: the key that signed (`PublicKey.id`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: str
    pack_id: str
    batch_no: str
    made_at: Instant
    key_id: str
    documents: list[Listed]
    heads: list[PackHead]


@dataclass(frozen=True, slots=True)
class PackFacts:
    """What the manifest says besides the hashes."""

    pack_id: str
    batch_no: str
    made_at: Instant
    heads: Sequence[Head]


def pack(facts: PackFacts, documents: Sequence[Document[Any]], key: SigningKey) -> dict[str, bytes]:
    """The members of the archive, the manifest and its signature first."""
    members: dict[str, bytes] = {}
    digests: dict[str, RowDigests] = {}
    for document in documents:
        about = document.about.model_dump(mode="json") if document.about else {}
        rows = [row.model_dump(mode="json") for row in document.rows]
        texts = [canonical(row) for row in rows]
        members[document.path] = joined(about, texts)
        names = [name_of(row, type(one).label) for row, one in zip(rows, document.rows, strict=True)]
        digests[document.path] = [
            (ABOUT, digest(canonical(about))), *zip(names, map(digest, texts), strict=True)
        ]  # fmt: skip
    members[DIGESTS] = canonical(digests)
    manifest = Manifest(
        format=FORMAT,
        pack_id=facts.pack_id,
        batch_no=facts.batch_no,
        made_at=facts.made_at,
        key_id=key.public.id,
        documents=[
            Listed(path=path, sha256=digest(content), bytes=len(content), rows=max(len(digests.get(path, ())) - 1, 0))
            for path, content in members.items()
        ],
        heads=[PackHead.of(head) for head in facts.heads],
    )
    signed = canonical(manifest.model_dump(mode="json"))
    return {MANIFEST: signed, SIGNATURE: key.sign(signed), **members}


def name_of(row: Any, label: str) -> str:
    """What a finding calls the row. Raises ValueError for a row without the fields of its name."""
    try:
        name = label.format_map({field: value for field, value in row.items() if isinstance(value, str | int)})
    except (AttributeError, KeyError) as error:
        raise ValueError("the row has no name") from error
    return "".join(one if one.isprintable() else "?" for one in name[:MOST_CHARACTERS])


def digests_of(content: Any, row_type: type[Row]) -> RowDigests:
    """The digests of a document's content, also of one that was altered. Raises ValueError if it has no rows."""
    if not isinstance(content, dict) or not isinstance(content.get("rows"), list):
        raise ValueError("no rows")
    found: RowDigests = [(ABOUT, _digest(content.get("about")))]
    for number, row in enumerate(content["rows"], 1):
        try:
            name = name_of(row, row_type.label)
        except ValueError:
            name = f"row {number} of the file, which has no name"
        found.append((name, _digest(row)))
    return found


def _digest(value: Any) -> str:
    """The hash of the canonical JSON; an empty text for a value that has no canonical form."""
    try:
        return digest(canonical(value))
    except (ValueError, RecursionError, TypeError):
        return ""


def read_manifest(members: Mapping[str, bytes], file: object) -> Manifest:
    """Raises WrongUse if the archive is no evidence pack, or one of a version that this enrollctl does not know."""
    if MANIFEST not in members or SIGNATURE not in members:
        raise WrongUse(f"{file} is no evidence pack: it has no {MANIFEST if MANIFEST not in members else SIGNATURE}")
    try:
        content = orjson.loads(members[MANIFEST])
        version = content["format"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise WrongUse(f"{file} is no evidence pack: its {MANIFEST} cannot be read") from error
    if version != FORMAT:
        raise WrongUse(
            f"{file} has the format {str(version)[:MOST_CHARACTERS]!r}; this enrollctl knows {FORMAT!r}. Verify "
            "the file with the enrollctl of the release that made it, or a newer one"
        )
    try:
        return Manifest.model_validate(content)
    except ValidationError as error:
        raise WrongUse(f"{file} is no evidence pack: fields of its {MANIFEST} are missing or wrong") from error
