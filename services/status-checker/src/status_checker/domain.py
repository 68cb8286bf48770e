"""Which registries are asked about a person, and the meaning of their raw codes. No I/O, no clock."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from contracts.words import CardStatus, DocumentType, EmploymentStatus, Word

#: Raw codes of the card registry (F107–F112).
CARD_CODES: Mapping[str, CardStatus] = {
    "1": CardStatus.NORMAL,
    "2": CardStatus.SEALED,
    "3": CardStatus.REPORTED_LOST,
    "4": CardStatus.LOCKED,
    "5": CardStatus.CANCELLED,
    "0": CardStatus.UNCLEAR,
}
#: Raw codes of the employment registry (F114–F117).
EMPLOYMENT_CODES: Mapping[str, EmploymentStatus] = {
    "10": EmploymentStatus.EMPLOYED,
    "20": EmploymentStatus.RETIRED,
    "30": EmploymentStatus.DECEASED,
    "90": EmploymentStatus.UNCLEAR,
}

#: In Python 3.11 a constant is found faster than a member of an enumeration.
RESIDENT_ID = DocumentType.RESIDENT_ID
#: The id of a member. In a part that is loaded from the database it is a text, because no code needs a UUID before the
#: id is published.
MemberId = UUID | str

#: The key in a tally for "no record or not asked", shown as "-" (A42).
NO_RECORD = "-"


class CheckJobState(Word):
    """The state of a check.

    Running: some parts have no answer yet. Done: all parts have an answer. Incomplete: some parts were given up, and
    the parts that were not given up have an answer. A new check can ask about the people of the given-up parts.
    """

    RUNNING = "running", "校验中"
    DONE = "done", "校验完成"
    INCOMPLETE = "incomplete", "部分人员未校验"


class Origin(Word):
    """What started a check (A44)."""

    IMPORT = "import", "导入后自动校验"
    REQUEST = "request", "经办人发起"


class Question(NamedTuple):
    """One person of a part, and the registries that are asked about this person."""

    member_id: MemberId
    document_type: DocumentType
    ask_card: bool
    ask_employment: bool


@dataclass(frozen=True, slots=True)
class RegistryAnswer:
    """The answers of one registry to one part, so far.

    `codes` maps the index of a person in the part to the raw code. If `complete` is true, a missing index means "no
    record". If it is false, a missing index means "not answered yet", and the registry is asked again about this
    person. `at` is the time of the first answer. It is a time of the business clock, because this clock also measures
    the age of a status (A45).
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False
    at: datetime | None = None

    def missing(self, refs: Iterable[str]) -> list[str]:
        """The given indexes that have no answer yet."""
        return [] if self.complete else [ref for ref in refs if ref not in self.codes]

    def joined(self, codes: Mapping[str, str], *, complete: bool, at: datetime) -> "RegistryAnswer":
        return RegistryAnswer({**self.codes, **codes}, complete, self.at or at)


class Verdict(NamedTuple):
    """The registries' answers about one person. None = no record, or not asked (A42).

    The fields are those of `contracts.statuses.VerifiedStatus`, in the same order.
    """

    member_id: MemberId
    card: CardStatus | None
    card_raw: str | None
    card_asked: bool
    employment: EmploymentStatus | None
    employment_raw: str | None
    employment_asked: bool


def question(member_id: UUID, document_type: DocumentType, *, has_service_card: bool) -> Question:
    """Which registries are asked about a person on import (F092, A38).

    The card registry is asked about people who have a resident id and no service card. The employment registry is asked
    about these people and about holders of a service card with any document. No registry is asked about a person who
    can be enrolled neither by social security card nor by service card.
    """
    by_social_card = document_type is RESIDENT_ID and not has_service_card
    return Question(member_id, document_type, by_social_card, by_social_card or has_service_card)


def requested_question(member_id: UUID, document_type: DocumentType, *, ask_card: bool) -> Question:
    """Which registries are asked if a check is requested (F096).

    The employment registry is always asked. The card registry is asked if `ask_card` is set and the document is a
    resident id (A38).
    """
    return Question(member_id, document_type, ask_card and document_type is RESIDENT_ID, True)


def card_status(code: str) -> CardStatus:
    """An unknown code is 不明确, never 正常 (D14)."""
    return CARD_CODES.get(code, CardStatus.UNCLEAR)


def employment_status(code: str) -> EmploymentStatus:
    """An unknown code is 不明确. The event also contains the raw code (A19)."""
    return EMPLOYMENT_CODES.get(code, EmploymentStatus.UNCLEAR)


def verdicts(questions: Sequence[Question], card: RegistryAnswer, employment: RegistryAnswer) -> list[Verdict]:
    """One verdict for each person of the part, even for people about whom no registry was asked."""
    cards: dict[str | None, CardStatus | None] = {code: card_status(code) for code in set(card.codes.values())}
    employments: dict[str | None, EmploymentStatus | None] = {
        code: employment_status(code) for code in set(employment.codes.values())
    }
    cards[None] = employments[None] = None
    refs = list(map(str, range(len(questions))))
    codes = zip(map(card.codes.get, refs), map(employment.codes.get, refs), strict=True)
    return [
        Verdict(member_id, cards[card_code], card_code, ask_card, employments[work_code], work_code, ask_employment)
        for (member_id, _, ask_card, ask_employment), (card_code, work_code) in zip(questions, codes, strict=True)
    ]


def checked_at(card: RegistryAnswer, employment: RegistryAnswer, *, otherwise: datetime) -> datetime:
    """The time of the check: the time of the earlier answer, or `otherwise` if no registry was asked.

    An example shows why it is not the time of the later answer. The card registry answers at 9:00, but the employment
    registry is down until 11:00. Another check of the same person is answered at 10:00. If the first check had the time
    11:00, its card answer of 9:00 would replace the card answer of 10:00.
    """
    return min((answers.at for answers in (card, employment) if answers.at), default=otherwise)


def tally(answers: Sequence[Verdict]) -> dict[str, dict[str, int]]:
    """How many people have each status: `{"card": {"normal": 3, "-": 1}, "employment": {…}}`."""
    return {
        "card": _counted(answer.card for answer in answers),
        "employment": _counted(answer.employment for answer in answers),
    }


def _counted(statuses: Iterable[CardStatus | EmploymentStatus | None]) -> dict[str, int]:
    return {NO_RECORD if word is None else word.value: people for word, people in Counter(statuses).items()}
