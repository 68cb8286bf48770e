"""The manifest of an evidence pack. It names every document with its hash, and its signature covers the whole pack.

`digests.json` contains the hash of every row, and the manifest lists it like a document. If a document was altered,
`digests.json` shows which of the document's rows differ.
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
#: The words with which a finding (a sentence about a fault) names the `about` of a document.
ABOUT = "its part `about`"
#: The name of a row in a finding is cut to this many characters.
MOST_CHARACTERS = 200

#: The name of each row, in order, with the hash of its canonical JSON.
RowDigests = list[tuple[str, str]]


class Listed(BaseModel):
    """An entry of the manifest: a document as it was signed. `rows`: how many rows the document has."""

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
    """`pack_id`: a new id for each export. `key_id`: the id of the public key for the signature (`PublicKey.id`)."""

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
    """What the manifest contains in addition to the list of documents. `heads`: the last block of each audit chain."""

    pack_id: str
    batch_no: str
    made_at: Instant
    heads: Sequence[Head]


def pack(facts: PackFacts, documents: Sequence[Document[Any]], key: SigningKey) -> dict[str, bytes]:
    """The files of the archive, name → content. The manifest and its signature come first."""
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
    """The name of the row in a finding. Raises ValueError for a row without the fields that `label` needs."""
    try:
        name = label.format_map({field: value for field, value in row.items() if isinstance(value, str | int)})
    except (AttributeError, KeyError) as error:
        raise ValueError("the row has no name") from error
    return "".join(one if one.isprintable() else "?" for one in name[:MOST_CHARACTERS])


def digests_of(content: Any, row_type: type[Row]) -> RowDigests:
    """The digests of a document's content, which may have been altered. Raises ValueError if it has no rows."""
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
    """The manifest. Raises WrongUse if the archive is no evidence pack, or if its format is unknown."""
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
