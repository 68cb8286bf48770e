"""The demo's small union tree, with ids that are the same on every run."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.words import UnionType

NAMESPACE = uuid5(NAMESPACE_URL, "urn:union-enrollment:demo")


def demo_id(word: str) -> UUID:
    return uuid5(NAMESPACE, word)


@dataclass(frozen=True, slots=True)
class TreeUnion:
    """A union of the tree, with its units."""

    union_id: UUID
    name: str
    union_type: UnionType
    parent: "TreeUnion | None"
    units: tuple[tuple[UUID, str], ...] = ()

    def body(self) -> dict[str, object]:
        """The body of the request with which member-svc creates or changes this union."""
        return {
            "name": self.name,
            "union_type": self.union_type.value,
            "parent_id": str(self.parent.union_id) if self.parent else None,
            "units": [{"unit_id": str(unit_id), "name": name} for unit_id, name in self.units],
            "active": True,
            "has_reviewer": True,
        }


CITY = TreeUnion(demo_id("city"), "示例市总工会", UnionType.MUNICIPAL, None)
DISTRICT = TreeUnion(demo_id("district"), "示例区总工会", UnionType.DISTRICT, CITY)
STREET = TreeUnion(demo_id("street"), "示例街道总工会", UnionType.STREET, DISTRICT)
ABOVE = (CITY, DISTRICT, STREET)


def grassroots(name: str, seed: str, units: list[str]) -> TreeUnion:
    """A grassroots union under the street: a committee with one unit, or a joint union with several units."""
    union_id = demo_id(f"union|{seed}")
    names = units or [name]
    kind = UnionType.JOINT if len(names) > 1 else UnionType.COMMITTEE
    found = tuple((demo_id(f"unit|{seed}|{unit}"), unit) for unit in names)
    return TreeUnion(union_id, name, kind, STREET, found)
