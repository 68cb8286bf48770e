"""Makes the rows of unions and units in member-svc, and the copies of these rows in the other services."""

from datetime import datetime

from chassis.normalization import text_key
from contracts.topics import UNIONS as UNION_ENTRIES
from contracts.unions import UnionChanged, Unit, part_of
from enrollctl.city.layout import CityUnion
from enrollctl.city.tables import (
    CONSOLE,
    ENROLLMENT,
    PAYMENT,
    SERVICES,
    UNIONS,
    UNITS,
    Rows,
    entries_of,
    nodes_of,
    tree_parts_of,
    tree_units_of,
)

#: The services that keep a table of all units.
WITH_UNITS = (ENROLLMENT, PAYMENT, CONSOLE)


def add_union(rows: Rows, union: CityUnion, at: datetime) -> None:
    """Add the rows of one union and its units."""
    path = list(union.path)
    rows.add(
        UNIONS, union.union_id, union.name, union.kind.value, union.parent_id, path, True, True, 1, at,
        text_key(union.name), 1,
    )  # fmt: skip
    for position, unit in enumerate(union.units):
        rows.add(UNITS, unit.unit_id, union.union_id, position, unit.name)
    entry = UnionChanged(
        union_id=union.union_id,
        name=union.name,
        union_type=union.kind,
        parent_id=union.parent_id,
        path=path,
        units=[Unit(unit_id=unit.unit_id, name=unit.name) for unit in union.units],
        changed_at=at,
        units_version=1,
    ).model_dump_json()
    for service in SERVICES:
        rows.add(nodes_of(service), union.union_id, path)
        rows.add(entries_of(service), UNION_ENTRIES.name, str(union.union_id), entry)
    for service in WITH_UNITS:
        rows.add(tree_parts_of(service), union.union_id, -1, 1)
        for unit in union.units:
            rows.add(tree_units_of(service), union.union_id, unit.unit_id, part_of(unit.unit_id), unit.name)
