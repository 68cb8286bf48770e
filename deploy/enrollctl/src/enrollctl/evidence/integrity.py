"""Compares a pack with its manifest: finds every document and row that was altered, removed, added or reordered."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

import orjson

from enrollctl.evidence.archive import Archive
from enrollctl.evidence.canonical import digest
from enrollctl.evidence.documents.paths import TYPES
from enrollctl.evidence.manifest import DIGESTS, MANIFEST, SIGNATURE, Manifest, RowDigests, digests_of
from enrollctl.evidence.signing import PublicKey

#: How many rows a finding lists.
LISTED = 10


def faults_of_signature(archive: Archive, manifest: Manifest, public_key: PublicKey) -> Iterator[str]:
    if public_key.signed(archive.members[MANIFEST], archive.members[SIGNATURE]):
        return
    if manifest.key_id != public_key.id:
        yield (
            f"{MANIFEST}: it names the key {manifest.key_id}, and the public key that was given is {public_key.id}: "
            "another key signed the pack, or the manifest was altered"
        )
    else:
        yield f"{MANIFEST} or {SIGNATURE} was altered: the signature is wrong, and nothing else can be trusted"


def faults_of_documents(archive: Archive, manifest: Manifest) -> Iterator[str]:
    """One sentence for each difference from the manifest. If there is none, all documents are as they were signed."""
    listed = {one.path: one for one in manifest.documents}
    for name in archive.repeated:
        yield f"{name} was added: the file has it twice"
    for name in archive.damaged:
        yield f"{name} was altered: its bytes in the archive are damaged and cannot be read"
    for name in archive.members.keys() - listed.keys() - {MANIFEST, SIGNATURE}:
        yield f"{name} was added: the manifest does not list it"
    for path in listed.keys() - archive.members.keys() - set(archive.damaged):
        yield f"{path} was removed"
    digests = _row_digests(archive, manifest)
    for path, one in listed.items():
        content = archive.members.get(path)
        if content is not None and digest(content) != one.sha256:
            yield from _faults_of_document(path, content, digests.get(path) if digests is not None else None)


def _row_digests(archive: Archive, manifest: Manifest) -> Mapping[str, Any] | None:
    """The signed digests of all rows; None if the file with these digests was altered or removed."""
    content = archive.members.get(DIGESTS)
    signed = {one.path: one.sha256 for one in manifest.documents}
    if content is None or digest(content) != signed.get(DIGESTS):
        return None
    return dict(orjson.loads(content))


def _faults_of_document(path: str, content: bytes, signed: Sequence[Any] | None) -> Iterator[str]:
    if path == DIGESTS:
        yield f"{path} was altered"
        return
    if signed is None or path not in TYPES:
        yield f"{path} was altered; {DIGESTS}, which tells its rows, is not as it was signed either"
        return
    try:
        found = digests_of(orjson.loads(content), TYPES[path][0])
    except ValueError:
        yield f"{path} was altered: it is no document with rows any more"
        return
    differences = list(row_differences([(name, one) for name, one in signed], found))
    yield from (f"{path}: {difference}" for difference in differences)
    if not differences:
        yield f"{path} was altered, but not in a row: for example in spaces or in the order of fields"


def row_differences(signed: RowDigests, found: RowDigests) -> Iterator[str]:
    """One sentence for each kind of difference: which rows were altered, removed, added or reordered.

    The sentences identify rows by their names. If the name of a row was altered, the row is recognized by its position.
    """
    names, now = [name for name, _ in signed], [name for name, _ in found]
    expected, given = dict(signed), _by_name(found)
    renamed = _renamed(names, now, given)
    others = [name for place, name in enumerate(now) if place not in renamed]
    yield from _sentence([name for name in names if name in given and expected[name] not in given[name]], "altered")
    for place in sorted(renamed)[:LISTED]:
        yield f"{names[place]} was altered: it is now {now[place]}"
    gone = {name for name in names if name not in given} - {names[place] for place in renamed}
    yield from _sentence([name for name in names if name in gone], "removed")
    yield from _sentence([name for name in dict.fromkeys(others) if name not in expected], "added")
    yield from _sentence([name for name, count in Counter(others).items() if count > 1], "added a second time")
    yield from _sentence(_moved(names, list(dict.fromkeys(others))), "reordered")


def _renamed(names: Sequence[str], now: Sequence[str], given: Container[str]) -> set[int]:
    """The positions at which a row has a new name, if no row has the former name any more."""
    known, counts = set(names), Counter(now)
    return {
        place
        for place, (before, present) in enumerate(zip(names, now, strict=False))
        if before not in given and (present not in known or counts[present] > 1)
    }


def _by_name(found: RowDigests) -> dict[str, set[str]]:
    """Name of a row → the digests of all rows with this name. A name can occur several times."""
    digests: dict[str, set[str]] = {}
    for name, one in found:
        digests.setdefault(name, set()).add(one)
    return digests


def _moved(names: Sequence[str], now: Sequence[str]) -> list[str]:
    """The names of rows that changed their order. Rows that are only in `names` or only in `now` are left out first."""
    present, known = set(now), set(names)
    before = [name for name in names if name in present]
    after = [name for name in now if name in known]
    return [name for name, other in zip(before, after, strict=True) if name != other]


def _sentence(names: Sequence[str], what: str) -> Iterator[str]:
    if names:
        more = f" and {len(names) - LISTED:,} more" if len(names) > LISTED else ""
        yield f"{', '.join(names[:LISTED])}{more} {'was' if len(names) == 1 else 'were'} {what}"
