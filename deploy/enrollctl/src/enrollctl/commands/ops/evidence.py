"""enrollctl evidence: one signed file about a settled batch, which an auditor checks without the stack."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.words import DocumentType
from enrollctl.commands.ops.audit import Anchor, anchors_in
from enrollctl.commands.ops.person import OfType, document_number
from enrollctl.errors import Exit, Failure
from enrollctl.stack.stack import Stack
from enrollctl.terminal.console import AsJson, err, folders_of, leave, minute, out, print_json, table
from enrollctl.workspace.key_file import read_keys

if TYPE_CHECKING:
    from enrollctl.evidence.contents import Contents
    from enrollctl.evidence.verification import PackVerdict

app = typer.Typer(no_args_is_help=True, help="Export the evidence of a settled batch, and verify it anywhere.")

Pack = Annotated[Path, typer.Argument(help="The evidence pack.", exists=True, dir_okay=False, metavar="FILE")]
PublicKeyFile = Annotated[
    Path,
    typer.Option(
        "--public-key",
        help="The public key of the stack that made the pack, in PEM. Get it on another way than the pack.",
        exists=True,
        dir_okay=False,
        metavar="FILE",
    ),
]


@app.command("export")
def export_command(
    context: typer.Context,
    batch_no: Annotated[
        str, typer.Option("--batch", help="The batch number, such as CB202405100001.", metavar="NUMBER")
    ],
    file: Annotated[Path, typer.Option("--to", help="The file to write.", dir_okay=False, metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Write one signed file about a batch, from its list of people to the vouchers, with events and audit rows.

    The batch must be settled: each of its lines is paid, returned or withdrawn. Names and numbers of people are masked.
    The file is verified before it is written.
    """
    # Imported only here and below, because most commands do not need these modules.
    from enrollctl.evidence.export import export_pack
    from enrollctl.evidence.manifest import DIGESTS

    done = export_pack(Stack(folders_of(context)), batch_no, file)
    manifest = done.manifest
    rows = {one.path: one.rows for one in manifest.documents if one.path != DIGESTS}
    if as_json:
        print_json(
            {"file": str(file), "bytes": file.stat().st_size, "pack_id": manifest.pack_id, "batch_no": batch_no,
             "key_id": manifest.key_id, "rows": rows, "warnings": done.warnings}
        )  # fmt: skip
        return
    shown = table(f"evidence of batch {batch_no}", "document", "rows", numbers=("rows",))
    for path, count in rows.items():
        shown.add_row(path, f"{count:,}")
    out.print(shown)
    out.print(
        f"Written: {file}, signed with the key {manifest.key_id}. Verify it: enrollctl evidence verify", soft_wrap=True
    )
    _complain(done.warnings, "yellow")


@app.command("verify")
def verify_command(file: Pack, public_key: PublicKeyFile, anchor: Anchor = None, as_json: AsJson = False) -> None:
    """Check a pack with the public key alone: without a stack, a network or a database.

    Names every document, row and event that was altered, removed, added or reordered, and then exits with 1.
    """
    verdict = _verdict(file, public_key, anchor)
    manifest = verdict.manifest
    if as_json:
        print_json(
            {"file": str(file), "batch_no": manifest.batch_no, "pack_id": manifest.pack_id, "key_id": manifest.key_id,
             "made_at": manifest.made_at.isoformat(), "heads": [head.model_dump() for head in manifest.heads],
             "findings": verdict.findings}
        )  # fmt: skip
    elif verdict.contents is not None:
        _print(verdict, verdict.contents)
    else:
        _complain(verdict.findings, "red")
    leave(Exit.FAILED if verdict.findings else Exit.OK)


@app.command("public-key")
def public_key_command(context: typer.Context, as_json: AsJson = False) -> None:
    """Print the public key that verifies the packs of this stack.

    Do not send the key to auditors together with the packs.
    """
    from enrollctl.evidence.signing import signing_key

    folders = folders_of(context)
    # Raises NoStackRunning if no stack was ever started in the folder, so that no key is made in a wrong folder.
    read_keys(folders)
    key = signing_key(folders.evidence_key).public
    if as_json:
        print_json({"key_id": key.id, "public_key": key.pem()})
    else:
        sys.stdout.write(key.pem())


@app.command("list-key")
def list_key_command(context: typer.Context, file: Pack, as_json: AsJson = False) -> None:
    """Print the key with which `person` finds a person in this pack's list. The key's holder can also test any number.

    The pack must be one that this stack has signed.
    """
    from enrollctl.evidence.list_search import list_key
    from enrollctl.evidence.signing import signing_key
    from enrollctl.evidence.verification import verify_pack

    folders = folders_of(context)
    keys = read_keys(folders)
    verdict = verify_pack(file, signing_key(folders.evidence_key).public)
    if verdict.findings:
        # Otherwise somebody could write the id of another pack into a file, and would get the list key of that pack.
        raise Failure(f"{file} is not as this stack has signed it: {verdict.findings[0]}")
    pack_id = verdict.manifest.pack_id
    key = list_key(keys, pack_id)
    if as_json:
        print_json({"pack_id": pack_id, "list_key": key})
    else:
        sys.stdout.write(f"{key}\n")


@app.command("person")
def person_command(
    file: Pack,
    public_key: PublicKeyFile,
    key_file: Annotated[
        Path,
        typer.Option("--list-key", help="What `list-key` printed.", exists=True, dir_okay=False, metavar="FILE"),
    ],
    document_type: OfType = None,
    as_json: AsJson = False,
) -> None:
    """Whether a person is in the list of a verified pack. Type the document number when asked, or use standard input.

    Exit code 1 if the person is not in the list.
    """
    from enrollctl.evidence.list_search import person_digests, read_list_key

    key = read_list_key(key_file)
    verdict = _verdict(file, public_key, None)
    if verdict.contents is None:
        raise Failure(f"{file} is not as it was signed: see `enrollctl evidence verify`")
    types = [document_type] if document_type else list(DocumentType)
    wanted = person_digests(key, document_number(), types)
    found = [one for one in verdict.contents.people if one.digest in wanted]
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        shown = table(f"in the list of batch {verdict.manifest.batch_no}", "person", "line", "name", "number", "state")
        for one in found:
            shown.add_row(str(one.number), str(one.line_id), one.masked_name, one.masked_number, one.state)
        out.print(shown if found else f"Nobody with this number is in the list of batch {verdict.manifest.batch_no}.")
    leave(Exit.OK if found else Exit.FAILED)


def _verdict(file: Path, public_key: Path, anchor: Path | None) -> "PackVerdict":
    from enrollctl.evidence.signing import read_public_key
    from enrollctl.evidence.verification import verify_pack

    return verify_pack(file, read_public_key(public_key), anchors_in(anchor))


def _print(verdict: "PackVerdict", contents: "Contents") -> None:
    manifest, batch = verdict.manifest, contents.batch
    heads = {line.line_id: line.heads for line in contents.lines}
    shown = table(f"batch {batch.batch_no} of {batch.union_name}", "what", "in the pack", numbers=("in the pack",))
    for what, count in (
        ("lines", len(contents.lines)),
        ("people in the list", len(contents.people)),
        ("people enrolled", sum(heads.values())),
        ("decisions", len(contents.approvals)),
        ("submissions", len(contents.submissions)),
        ("vouchers", len(contents.vouchers)),
        ("events", len(contents.events)),
        ("audit rows", sum(len(audit.rows) for audit in contents.audit.values())),
        ("blocks of the audit chains", sum(len(audit.blocks) for audit in contents.audit.values())),
    ):
        shown.add_row(what, f"{count:,}")
    out.print(shown)
    made = minute(manifest.made_at.isoformat())
    out.print(f"Nothing was altered since {made} (+08:00). Signed with the key {manifest.key_id}.", soft_wrap=True)


def _complain(sentences: Iterable[str], style: str) -> None:
    for sentence in sentences:
        err.print(sentence, style=style, soft_wrap=True, markup=False, highlight=False)
