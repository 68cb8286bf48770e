"""Retirement age by the law in force since 2025. The age alone does not prove a retirement (docs/formulas.md; A20)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from contracts.words import DocumentType, Word


@dataclass(frozen=True, slots=True)
class Rule:
    """People born before the year `first_born` retire at the age of `base_years`. People born in `first_born` or later
    retire some months after that age; this time is the delay.

    Example with `months_per_step` 4: for people born in January to April of `first_born` the delay is one month, for
    people born in May to August of that year it is two months. No delay is longer than `most_delay` months.
    """

    base_years: int
    first_born: int
    months_per_step: int
    most_delay: int


MEN = Rule(base_years=60, first_born=1965, months_per_step=4, most_delay=36)
WOMEN_55 = Rule(base_years=55, first_born=1970, months_per_step=4, most_delay=36)
WOMEN_50 = Rule(base_years=50, first_born=1975, months_per_step=2, most_delay=60)


class Suspicion(Word):
    """Whether a person whose employment is 不明确 has possibly retired, judged by the birth date.

    Women retire at 50 or at 55 (plus the delay). The age depends on their post, which this system does not know. So
    between these two ages the answer for a woman is POSSIBLE.
    """

    REACHED = "reached", "已达法定退休年龄"
    POSSIBLE = "possible", "可能已达法定退休年龄"


#: Document types whose numbers contain the birth date and the sex (docs/formulas.md).
_WITH_BIRTH_DATE = (
    DocumentType.RESIDENT_ID,
    DocumentType.HK_MACAO_RESIDENCE,
    DocumentType.TAIWAN_RESIDENCE,
    DocumentType.FOREIGN_PERMANENT_ID,
)


def delay_months(born: date, rule: Rule) -> int:
    """The delay in months: one month for each step from January of `first_born` to the month of birth.

    A step is `months_per_step` months long. A step that has only begun counts as a whole step. The delay is at most
    `most_delay`.
    """
    months = (born.year - rule.first_born) * 12 + born.month - 1
    return 0 if months < 0 else min(rule.most_delay, months // rule.months_per_step + 1)


def retires_on(born: date, rule: Rule) -> date:
    """The birth date plus age and delay. If the month of the result has no such day: the last day of that month."""
    months = born.month - 1 + delay_months(born, rule)
    year, month = born.year + rule.base_years + months // 12, months % 12 + 1
    return date(year, month, min(born.day, monthrange(year, month)[1]))


def suspicion(document_type: DocumentType, number: str, today: date) -> Suspicion | None:
    """None if the person is too young, or if the number has no birth date. Call it only for a person whose employment
    is 不明确 (A20).
    """
    if document_type not in _WITH_BIRTH_DATE or len(number) != 18:
        return None
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        male = int(number[16]) % 2 == 1
    except ValueError:
        return None
    certain = MEN if male else WOMEN_55
    if today >= retires_on(born, certain):
        return Suspicion.REACHED
    if not male and today >= retires_on(born, WOMEN_50):
        return Suspicion.POSSIBLE
    return None
