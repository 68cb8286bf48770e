"""Makes the evidence pack of a settled batch, and verifies it before it is written."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from enrollctl.errors import Failure
from enrollctl.evidence.archive import Archive, write_archive
from enrollctl.evidence.collecting.settled_batch import Collected, collect
from enrollctl.evidence.collecting.stores import NotYet
from enrollctl.evidence.list_search import list_key
from enrollctl.evidence.manifest import Manifest, PackFacts, pack
from enrollctl.evidence.signing import signing_key
from enrollctl.evidence.verification import verify_archive
from enrollctl.stack.stack import Stack

#: How long the export waits for events and audit rows that are on their way. Rows get into the chain every 5 seconds.
PATIENCE_S = 30.0
PAUSE_S = 1.0
#: The most findings that a refusal lists.
LISTED = 5


@dataclass(frozen=True, slots=True)
class Exported:
    """`warnings`: one sentence for each key whose oldest events are missing, because the topic no longer has them."""

    manifest: Manifest
    warnings: list[str]


def export_pack(stack: Stack, batch_no: str, file: Path, patience_s: float = PATIENCE_S) -> Exported:
    """Write the pack. Raises Failure, and writes nothing, if the batch is not settled or if the stores disagree."""
    pack_id = str(uuid4())
    collected = _collected(stack, batch_no, list_key(stack.keys, pack_id), patience_s)
    key = signing_key(stack.folders.evidence_key)
    facts = PackFacts(pack_id, batch_no, datetime.now(UTC), collected.heads)
    members = pack(facts, collected.documents, key)
    verdict = verify_archive(Archive(members), file, key.public)
    if verdict.findings:
        more = f"\nand {len(verdict.findings) - LISTED:,} more" if len(verdict.findings) > LISTED else ""
        raise Failure(
            f"no pack was written, because the stores do not agree about batch {batch_no}:\n"
            + "\n".join(verdict.findings[:LISTED])
            + more
            + "\nSee `enrollctl audit verify`, and docs/operating-faults.md."
        )
    write_archive(file, members)
    return Exported(verdict.manifest, collected.warnings)


def _collected(stack: Stack, batch_no: str, key: str, patience_s: float) -> Collected:
    """Collect the documents. While an event or audit row is still on its way, wait and collect all documents again.

    Raises NotYet after `patience_s` seconds.
    """
    deadline = time.monotonic() + patience_s
    while True:
        try:
            return asyncio.run(collect(stack, batch_no, key))
        except NotYet:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_S)
