"""Warnings before a submission. A warning does not prevent the submission."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.words import Term, Word


class Caution(Word):
    """The warnings of the dialog; the handler reads the label."""

    HALF_YEAR_NOW = "HALF_YEAR_NOW", "这些人员退回后跨过了6月30日，本次按半年重新计算起保日期和保障费用，请确认"
    EMPLOYMENT_CHANGED = "EMPLOYMENT_CHANGED", "这些人员人工确认后，就业信息又有变化，请核对其是否仍在本单位就业"


@dataclass(frozen=True, slots=True)
class Warned:
    caution: Caution
    people: int


def warnings_of(returned_terms: Iterable[Term], term: Term, employment_changed: int = 0) -> list[Warned]:
    """The warnings that concern at least one person.

    `returned_terms`: for each person whose enrollment was returned before, the term of that enrollment (A49).
    `employment_changed`: how many people have a new answer of the employment registry since their confirmation (A43).
    """
    halved = sum(term is Term.HALF_YEAR and earlier is Term.FULL_YEAR for earlier in returned_terms)
    found = ((Caution.HALF_YEAR_NOW, halved), (Caution.EMPLOYMENT_CHANGED, employment_changed))
    return [Warned(caution, people) for caution, people in found if people]
