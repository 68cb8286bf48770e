"""Two ways to find changed people agree: the SQL that plans an import, and the rule that checks one person."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from chassis.testing import NOON, Bench
from member_svc.domain.people import DETAILS, MemberRecord, StagedPerson, differs
from member_svc.store import import_parts, members, staged_people
from member_svc.store.import_parts import CHANGED
from member_svc.store.staged_people import StagedPortion

IMPORT, UNION, UNIT = uuid4(), uuid4(), uuid4()
#: Two different values for each column that is not text.
OF_ANOTHER_TYPE = {"joined_on": (date(2020, 1, 31), date(2021, 1, 31))}
NAMED = {"name_key": "name", "name_written_key": None}


def pairs() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of a person in the member list and the same person in the roster.

    The member and the person in the roster differ in one column or in none. Only the last pair differs in two columns,
    although the name was written in the same way.
    """
    for column in DETAILS.names:
        one, other = OF_ANOTHER_TYPE.get(column, ("one", "other"))
        for kept in (None, one):
            for staged in (None, one, other):
                yield {column: kept}, {column: staged}
    yield {}, {"name_key": "another"}
    yield {}, {"name_written_key": "written"}
    yield {"name_written_key": "written"}, {}
    yield {"name_written_key": "written"}, {"name_written_key": "written", "name_key": "another"}
    yield {"name_key": "written"}, {"name_written_key": "written"}


def people() -> Iterator[tuple[MemberRecord, StagedPerson]]:
    for row_no, (kept, staged) in enumerate(pairs(), start=2):
        same = {"member_id": uuid4(), "unit_id": UNIT, "person_key": f"person-{row_no:03}"}
        same |= {"document_type": "resident_id", "sealed": b"sealed", "card_sealed": None}
        blank = dict.fromkeys(DETAILS.names) | NAMED
        shown = {"member_no": f"{row_no:012}", "union_id": UNION, "masked_name": "张*", "masked_number": "3***"}
        yield MemberRecord(**same | blank | kept | shown), StagedPerson(**same | blank | staged, row_no=row_no)


async def test_statements_and_the_rule_agree_on_the_changed_people(bench: Bench):
    chosen = list(people())
    async with bench.database.work(IMPORT) as work:
        await members.add(work.connection, [record for record, _ in chosen], NOON)
        lists = {name: [getattr(staged, name) for _, staged in chosen] for name in staged_people.LISTS.types}
        await staged_people.stage(work.connection, IMPORT, [StagedPortion(UNIT, lists)])
        sizes = dict(await import_parts.sizes(work.connection, IMPORT, CHANGED))
    expected = [staged.row_no for record, staged in chosen if differs(staged, record)]
    assert [row_no for row_no, _ in sizes[UNIT]] == expected
    assert 0 < len(expected) < len(chosen)
