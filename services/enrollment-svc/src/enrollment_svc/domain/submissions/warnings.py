"""What the handler should know before submitting, although nothing forbids it."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.words import Term, Word


class Caution(Word):
    """What the dialog warns of; the label is what the handler reads."""

    HALF_YEAR_NOW = "HALF_YEAR_NOW", "这些人员退回后跨过了6月30日，本次按半年重新计算起保日期和保障费用，请确认"
    EMPLOYMENT_CHANGED = "EMPLOYMENT_CHANGED", "这些人员人工确认后，就业信息又有变化，请核对其是否仍在本单位就业"


@dataclass(frozen=True, slots=True)
class Warned:
    caution: Caution
    people: int


def warned(returned_terms: Iterable[Term], term: Term, employment_changed: int = 0) -> list[Warned]:
    """`returned_terms`: what the people were submitted with who came back (A49); the other count is A43's."""
    halved = sum(term is Term.HALF_YEAR and was is Term.FULL_YEAR for was in returned_terms)
    found = ((Caution.HALF_YEAR_NOW, halved), (Caution.EMPLOYMENT_CHANGED, employment_changed))
    return [Warned(caution, people) for caution, people in found if people]
