"""The comparisons of the stores of a stack. A comparison is two SQL statements whose results must be equal.

In most comparisons, the two statements run in two different stores. Each row of a result is a key (such as the id of a
union) and the figures of this key. Operators see only the first figure. Even if the first figures are equal, the other
figures (sums, or a digest of the ids) can differ. No statement reads a name or a document number.
"""

# ruff: noqa: S608 - the statements are put together from constants

from collections.abc import Iterator
from dataclasses import dataclass

from contracts import topics
from contracts.topics import Topic
from enrollctl.declarations import OWN_SERVICES

#: Equal sets of ids have equal digests, in any order.
DIGEST = "sum(hashtextextended({ids}::text, 0))::text"
SUMS = "sum(heads)::bigint, sum(city_fen)::bigint, sum(district_fen)::bigint, sum(unit_fen)::bigint"

#: People in the member list, by union.
MEMBERS = f"""
    SELECT union_id::text, count(*), {DIGEST.format(ids="member_id")} FROM members
    WHERE removed_at IS NULL GROUP BY 1"""
#: The people of MEMBERS in enrollment-svc's copy of the member list.
CANDIDATES = f"""
    SELECT union_id::text, count(*), {DIGEST.format(ids="member_id")} FROM candidates
    WHERE removed_at IS NULL GROUP BY 1"""
#: UNIONS: the unions in member-svc, which owns the union tree. UNION_COPIES: the unions in another service's copy.
UNIONS = "SELECT union_id::text, 1 FROM unions"
UNION_COPIES = "SELECT key, 1 FROM reference_entries WHERE topic = 'unions.entries.v1'"
#: UNITS: the number of units of each union, in member-svc. UNIT_COPIES: the number of units in another service's copy.
UNITS = f"SELECT union_id::text, count(*), {DIGEST.format(ids='unit_id')} FROM units GROUP BY 1"
UNIT_COPIES = f"SELECT node_id::text, count(*), {DIGEST.format(ids='unit_id')} FROM tree_units GROUP BY 1"
#: HELD: the people in enrollment-svc's lines of all years, by union. REVIEWED: the same people in review-svc.
HELD = f"""
    SELECT l.union_id::text, count(*), {DIGEST.format(ids="(e.line_id, e.member_id)")}
    FROM enrollments AS e JOIN lines AS l USING (line_id) WHERE e.state = 'held' GROUP BY 1"""
REVIEWED = f"""
    SELECT l.union_id::text, count(*), {DIGEST.format(ids="(l.line_id, member_id)")}
    FROM line_parts AS s JOIN lines AS l USING (line_id) CROSS JOIN unnest(s.member_ids) AS member_id
    WHERE l.state NOT IN ('returned', 'withdrawn') AND (l.line_id, member_id) NOT IN (
        SELECT line_id, member_id FROM marked_people WHERE state = 'returned') GROUP BY 1"""
#: People and money of each line, without returned people. enrollment-svc and review-svc use the same column names.
LINES = f"SELECT line_id::text, {SUMS} FROM lines WHERE heads > 0 GROUP BY 1"
#: People and money that the center has confirmed, by submission. CONFIRMED: in review-svc, without the lines that the
#: center rejected. CENTER_CONFIRMED: in the center's own database. DUES: in payment-svc.
CONFIRMED = f"""
    SELECT submission_no, {SUMS} FROM (
        SELECT l.* FROM submission_lines AS l JOIN submissions AS s USING (submission_no)
        WHERE l.state = 'in' AND s.state = 'confirmed') AS confirmed GROUP BY 1"""
CENTER_CONFIRMED = f"SELECT submission_no, {SUMS} FROM submission_lines WHERE state = 'confirmed' GROUP BY 1"
DUES = f"""
    SELECT submission_no, {SUMS} FROM dues
    WHERE state NOT IN ('awaiting_confirmation', 'rejected') AND heads > 0 GROUP BY 1"""
#: CENTER_HEADS: the heads of the lines that the center has confirmed. CENTER_PEOPLE: the number of people to whom the
#: center gives cover. Both figures are by submission.
CENTER_HEADS = "SELECT submission_no, sum(heads)::bigint FROM submission_lines WHERE state = 'confirmed' GROUP BY 1"
CENTER_PEOPLE = """
    SELECT submission_no, count(*)
    FROM submission_lines AS l JOIN live_people AS p USING (submission_no, version, line_id)
    WHERE l.state = 'confirmed' AND p.place = 0 GROUP BY 1"""
#: PAID: the paid amount of each due, by submission. FILLED: the same amount, added up from payment-svc's accepted
#: vouchers. CENTER_FILLED: the same amount, added up from the accepted vouchers in the center's own database.
PAID = "SELECT submission_no, paid_fen FROM dues WHERE paid_fen > 0"
FILLED = """
    SELECT submission_no, sum(f.amount_fen)::bigint FROM voucher_fills AS f JOIN vouchers AS v USING (voucher_id)
    WHERE v.state = 'accepted' AND f.amount_fen > 0 GROUP BY 1"""
CENTER_FILLED = """
    SELECT submission_no, sum(f.amount_fen)::bigint FROM voucher_submissions AS f JOIN vouchers AS v USING (voucher_id)
    WHERE v.state = 'accepted' AND f.amount_fen > 0 GROUP BY 1"""
#: Accepted vouchers with their amounts. payment-svc and the center use the same column names.
VOUCHERS = "SELECT voucher_id::text, amount_fen FROM vouchers WHERE state = 'accepted'"

MEMBER, ENROLLMENT, REVIEW, PAYMENT, CENTER = "member-svc", "enrollment-svc", "review-svc", "payment-svc", "simulator"


@dataclass(frozen=True, slots=True)
class StoreQuery:
    """A statement, and the service in whose database it is executed."""

    store: str
    sql: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two statements whose results must be equal.

    `per`: the word for what a key identifies, such as "union". `fen`: True if the first figure is an amount in fen;
    messages show it in yuan.
    """

    subject: str
    per: str
    one: StoreQuery
    other: StoreQuery
    fen: bool = False


def _comparisons_with_copies(subject: str, topic: Topic, owned: str, copied: str) -> Iterator[Comparison]:
    """For each service that reads the topic, yields a comparison of the owner's table with this service's copy."""
    for service in OWN_SERVICES:
        if service.name in topic.consumers:
            yield Comparison(subject, "union", StoreQuery(topic.producer, owned), StoreQuery(service.name, copied))


COMPARISONS = (
    *_comparisons_with_copies("unions", topics.UNIONS, UNIONS, UNION_COPIES),
    *_comparisons_with_copies("units", topics.UNION_UNITS, UNITS, UNIT_COPIES),
    Comparison("members", "union", StoreQuery(MEMBER, MEMBERS), StoreQuery(ENROLLMENT, CANDIDATES)),
    Comparison("enrolled people", "union", StoreQuery(ENROLLMENT, HELD), StoreQuery(REVIEW, REVIEWED)),
    Comparison("people of lines", "batch line", StoreQuery(ENROLLMENT, LINES), StoreQuery(REVIEW, LINES)),
    Comparison("confirmed people", "submission", StoreQuery(REVIEW, CONFIRMED), StoreQuery(CENTER, CENTER_CONFIRMED)),
    Comparison("people under cover", "submission", StoreQuery(CENTER, CENTER_HEADS), StoreQuery(CENTER, CENTER_PEOPLE)),
    Comparison("people to pay for", "submission", StoreQuery(REVIEW, CONFIRMED), StoreQuery(PAYMENT, DUES)),
    Comparison("yuan paid", "submission", StoreQuery(PAYMENT, PAID), StoreQuery(PAYMENT, FILLED), fen=True),
    Comparison("yuan paid", "submission", StoreQuery(PAYMENT, PAID), StoreQuery(CENTER, CENTER_FILLED), fen=True),
    Comparison("yuan of vouchers", "voucher", StoreQuery(PAYMENT, VOUCHERS), StoreQuery(CENTER, VOUCHERS), fen=True),
)
