"""Importing a roster: the upload, and the handler's confirmation after the check (D07, F074–F077)."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record

from chassis.database import UnitOfWork
from chassis.domain import Forbidden
from member_svc.domain.refusals import (
    ImportFailed,
    ImportInterrupted,
    ImportNotChecked,
    UnionHasNoUnit,
    UnitNotRelated,
    UnitRequired,
)
from member_svc.domain.states import ImportState
from member_svc.store import imports, staged_people, units
from member_svc.store.imports import NewImport
from member_svc.usecases.reach import require_reach, require_working
from member_svc.workbook.archive import inflated_size

#: The file is sealed in pieces of this size, so that memory never holds several copies of the whole file.
PIECE_BYTES = 256 * 1024


@dataclass(slots=True)
class Upload:
    """A roster file for a union. `unit_id` can be None if the union has only one unit.

    `sheet` None = the first visible sheet that is a roster.
    """

    data: bytes
    union_id: UUID
    unit_id: UUID | None
    check_on_import: bool
    sheet: str | None


async def start_import(upload: Upload, work: UnitOfWork) -> NewImport:
    """Store the sealed file and enqueue its check."""
    assert work.actor is not None
    union = await require_working(work.connection, work.actor, upload.union_id)
    unit_id = await _ticked_unit(union.union_id, upload.unit_id, work)
    new = NewImport(
        import_id=work.cause_id,
        union_id=union.union_id,
        unit_id=unit_id,
        check_on_import=upload.check_on_import,
        created_by=work.actor.account,
        inflated_bytes=inflated_size(upload.data),
        sheet=upload.sheet,
        created_at=work.now,
    )
    await imports.insert(work.connection, new, _sealed_pieces(upload.data, new.import_id, work))
    await work.enqueue("import.check", str(new.import_id), {"import_id": str(new.import_id)})
    return new


async def _ticked_unit(union_id: UUID, unit_id: UUID | None, work: UnitOfWork) -> UUID:
    """The unit for rows whose 单位 cell is empty: the unit that the upload names, or the union's only unit (A46)."""
    candidates = await units.first_two(work.connection, union_id)
    if not candidates:
        raise UnionHasNoUnit
    if unit_id is None:
        if len(candidates) > 1:
            raise UnitRequired
        return candidates[0]
    if not await units.belongs_to(work.connection, union_id, unit_id):
        raise UnitNotRelated
    return unit_id


def _sealed_pieces(data: bytes, import_id: UUID, work: UnitOfWork) -> Iterator[bytes]:
    for start in range(0, len(data), PIECE_BYTES):
        yield work.row_cipher.seal_bytes(data[start : start + PIECE_BYTES], import_id)


async def _require_units(import_row: Record, work: UnitOfWork) -> None:
    """Raises UnitNotRelated if a unit of the import no longer belongs to the union, for example after a move (A56)."""
    unit_ids = set(await staged_people.units(work.connection, import_row["import_id"]))
    if await units.lock_against_moves(work.connection, import_row["union_id"], unit_ids) != len(unit_ids):
        raise UnitNotRelated("检查之后有单位已不属于该工会，请重新选择单位后上传")


async def confirm_import(import_id: UUID, work: UnitOfWork) -> ImportState:
    """Enqueue the job that applies a checked import. A second confirmation changes nothing and returns the state.

    Raises UnionInactive if the union became inactive after the upload, because an inactive union gets no new members.
    """
    assert work.actor is not None
    import_row = await imports.lock(work.connection, import_id)
    if import_row is None:
        raise Forbidden
    await require_reach(work.connection, work.actor, import_row["union_id"])
    state = ImportState(import_row["state"])
    if state is ImportState.CHECKING:
        raise ImportNotChecked
    if state is ImportState.INTERRUPTED:
        raise ImportInterrupted
    if state is ImportState.FAILED:
        raise ImportFailed
    if state is ImportState.CHECKED:
        await require_working(work.connection, work.actor, import_row["union_id"])
        await _require_units(import_row, work)
        await imports.confirm(work.connection, import_id, work.now)
        await work.enqueue("import.apply", str(import_id), {"import_id": str(import_id)})
        state = ImportState.APPLYING
    return state
