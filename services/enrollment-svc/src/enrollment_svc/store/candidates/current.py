"""Candidates as all readers see them: with the registries' answers, and the placement that follows from them."""

from collections.abc import Callable, Iterable
from typing import Any

from chassis.sql import Statement, columns_of
from contracts.words import CardStatus, Channel, EmploymentStatus, Word
from enrollment_svc.domain.candidates.placement import Placement, placement
from enrollment_svc.tables import CandidateStatusRow

#: The columns of the fields of `Statuses`, in the order of the fields.
STATUSES = columns_of(CandidateStatusRow).without("member_id")


def _case(column: str, words: Iterable[Word], sql_of: Callable[[Any], str]) -> str:
    """A CASE with the SQL for each word of the column.

    ELSE has the SQL for NULL. A word whose SQL is the same as for NULL needs no branch.
    """
    otherwise = sql_of(None)
    branches = [f"WHEN '{word}' THEN {sql}" for word in words if (sql := sql_of(word)) != otherwise]
    return f"CASE {column} {' '.join(branches)} ELSE {otherwise} END" if branches else otherwise


def _placed(sql_of: Callable[[Placement], str]) -> str:
    """The rule `placement` as SQL, written out for every employment status, channel and card status."""
    return _case(
        "s.employment_status",
        EmploymentStatus,
        lambda employment: _case(
            "stored.channel",
            Channel,
            lambda channel: _case(
                "s.card_status", CardStatus, lambda card: sql_of(placement(channel, card, employment))
            ),
        ),
    )


#: A row `c` with the columns of `stored`, the statuses of `s`, and the placement that follows from both.
PLACED = Statement(
    """CROSS JOIN LATERAL (SELECT stored.*, {s.statuses}, {standing} AS standing,
                                  {standing_confirmed} AS standing_confirmed, {to_confirm} AS to_confirm) AS c""",
    statuses=STATUSES,
    standing=_placed(lambda place: f"'{place.standing}'"),
    standing_confirmed=_placed(lambda place: f"'{place.if_confirmed}'"),
    to_confirm=_placed(lambda place: str(place.to_confirm).lower()),
)
#: A statement that writes `FROM {candidates}` reads each candidate as a row `c`. The placement is computed here and
#: stored nowhere, so an answer, a change of the channel and the arrival of a member each write one table only.
#: `standing_confirmed` is the standing in the years of `confirmed_years`, and `standing` is the standing in all other
#: years. To lock candidates, write `FOR UPDATE OF stored`.
CANDIDATES = Statement(
    """candidates AS stored
       LEFT JOIN candidate_statuses AS s ON s.member_id = stored.member_id {placed}""",
    placed=PLACED,
)
#: Like CANDIDATES, for lists of one union. The statuses are looked up one by one by their primary key, because OFFSET 0
#: keeps PostgreSQL from a join. For a join with a large union, PostgreSQL would read the statuses of the whole city.
CANDIDATES_OF_UNION = Statement(
    """candidates AS stored
       LEFT JOIN LATERAL (SELECT * FROM candidate_statuses WHERE member_id = stored.member_id OFFSET 0) AS s ON true
       {placed}""",
    placed=PLACED,
)
