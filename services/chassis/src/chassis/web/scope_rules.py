"""The words of a route's declaration: whose data it reads or changes, and which roles see personal data in full.

`chassis.web.access` checks the declaration; docs/access.md, the API documents and `make access` show and prove it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chassis.web.scope import PlaceType
from contracts.words import Role, Word


class Scope(Word):
    """Whose data a route may read or change. The label is its sentence in docs/access.md.

    A *node* is a union, a *place* is the union that a token names. *Placed roles* are 经办人 and 审核人. All other
    roles are *city-wide*: they reach the whole city, or the subtree of their place (A61). A route whose union is an
    optional parameter concerns the caller's own reach without it.
    """

    #: Settings, texts and keys.
    NONE = "none", "no data of a node: every permitted account gets the same answer"
    SELF = "self", "the caller's own account, its sessions and notices"
    OWN = "own", "placed roles: their place alone; city-wide roles: as `subtree`"
    SUBTREE = "subtree", "the place and the nodes below it; city-wide roles without a place: the city"
    ABOVE = "above", "the nodes strictly below the place, and nothing that the place asked for itself (D03)"
    ACCOUNTS = "accounts", "账号管理员: accounts strictly below its place; 平台运维: accounts of the whole city"
    CHAIN = "chain", "placed roles: the nodes that submitted or review the line; city-wide roles: as `subtree`"
    TURN = "turn", "the node that has to review the line now, unless it or the account submitted the line (D03)"
    CITY = "city", "city-wide roles: only if they reach the whole city; placed roles: their place"
    FORWARDED = "forwarded", "the scope of the route to which the console forwards the request"


@dataclass(frozen=True, slots=True)
class InFull:
    """The personal data in an answer: the roles that see full names of people, full document numbers, and the payer and
    bank reference of a voucher. All other permitted roles see them masked (A29, A61).

    The union that uploaded a voucher always sees its own bank reference.
    """

    names: tuple[Role, ...] = ()
    numbers: tuple[Role, ...] = ()
    bank: tuple[Role, ...] = ()

    @property
    def document(self) -> Mapping[str, Any]:
        in_full = {"names": self.names, "numbers": self.numbers, "bank": self.bank}
        return {"in_full": {what: list(roles) for what, roles in in_full.items()}}


#: Answers about people in which every role sees masked names and numbers.
MASKED: Final = InFull()
#: 区局（产业）工会, for the `place_types` of a declaration.
DISTRICTS: Final = (PlaceType.DISTRICT, PlaceType.INDUSTRY)
