"""Verifies an evidence pack with the public key alone: no stack, no network, no database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chassis.audit_chain import Head
from enrollctl.errors import Failure
from enrollctl.evidence.archive import Archive, read_archive
from enrollctl.evidence.chain_proof import faults_of_chain, faults_of_rows
from enrollctl.evidence.consistency import inconsistencies
from enrollctl.evidence.contents import Contents, Unfit, read_contents
from enrollctl.evidence.documents.paths import audit_path, chain_path
from enrollctl.evidence.integrity import faults_of_documents, faults_of_signature
from enrollctl.evidence.manifest import MANIFEST, SIGNATURE, Manifest, read_manifest
from enrollctl.evidence.signing import PublicKey


@dataclass(frozen=True, slots=True)
class PackVerdict:
    """`findings`: one sentence for each fault. `contents`: the parsed documents; None if there are findings."""

    manifest: Manifest
    findings: list[str] = field(default_factory=list)
    contents: Contents | None = None


def verify_pack(file: Path, public_key: PublicKey, anchors: Sequence[Head] = ()) -> PackVerdict:
    """Verify a file. `anchors`: heads that are kept outside. Raises WrongUse if it is no pack of a known version."""
    return verify_archive(read_archive(file), file, public_key, anchors)


def verify_archive(archive: Archive, file: Path, public_key: PublicKey, anchors: Sequence[Head] = ()) -> PackVerdict:
    """First check that the pack was not altered after it was signed. Only then check that its documents agree.

    Raises WrongUse if the archive is no pack, and Failure if its manifest cannot be read.
    """
    if broken := {MANIFEST, SIGNATURE} & set(archive.damaged):
        raise Failure(f"{', '.join(sorted(broken))} was altered: its bytes in {file} are damaged and cannot be read")
    manifest = read_manifest(archive.members, file)
    findings = [*faults_of_signature(archive, manifest, public_key), *faults_of_documents(archive, manifest)]
    if findings:
        return PackVerdict(manifest, findings)
    try:
        contents = read_contents(archive.members)
    except Unfit as error:
        return PackVerdict(manifest, [str(error)])
    findings += _faults_of_contents(contents, manifest, anchors)
    return PackVerdict(manifest, findings, None if findings else contents)


def _faults_of_contents(contents: Contents, manifest: Manifest, anchors: Sequence[Head]) -> Iterator[str]:
    if contents.batch.batch_no != manifest.batch_no:
        yield f"the manifest is about batch {manifest.batch_no}, the documents about {contents.batch.batch_no}"
    heads = {head.service: head for head in manifest.heads}
    for service, audit in contents.audit.items():
        own = [anchor for anchor in anchors if anchor.service == service]
        if audit.about is not None:
            found = faults_of_chain(audit.about, audit.blocks, heads.get(service), own)
            yield from (f"{chain_path(service)}: {fault}" for fault in found)
        yield from (f"{audit_path(service)}: {fault}" for fault in faults_of_rows(audit.rows, audit.blocks))
    yield from inconsistencies(contents)
