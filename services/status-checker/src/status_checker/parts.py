"""A part of a check as it is stored and loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import orjson

from chassis.privacy import RowCipher
from contracts.fields import Part
from contracts.words import DocumentType
from status_checker.domain import Origin, Question, RegistryAnswer

DOCUMENT_TYPES = {word.value: word for word in DocumentType}
NAMESPACE = UUID("5f3f0d6e-2f1c-5a5e-9d57-0d6c0d1f7a11")


@dataclass(frozen=True, slots=True)
class CheckPart:
    """One part, with its people's document numbers in plain text. The numbers are sealed before the part is stored."""

    job_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part
    origin: Origin
    questions: Sequence[Question]
    numbers: Sequence[str] = field(repr=False)
    person_keys: Sequence[str] = ()
    asked_at: datetime | None = None

    @property
    def place(self) -> str:
        """Identifies the part by check, unit and index; it is also the key of the part's job."""
        return f"{self.job_id}/{self.unit_id}/{self.part.index}"

    @property
    def part_id(self) -> UUID:
        return uuid5(NAMESPACE, self.place)


@dataclass(frozen=True, slots=True)
class OpenPart:
    """A part that waits for answers, with the answers that earlier runs of its job got."""

    part_id: UUID
    questions: Sequence[Question]
    numbers: Sequence[str] = field(repr=False)
    card: RegistryAnswer
    employment: RegistryAnswer


@dataclass(frozen=True, slots=True)
class PartHeader:
    """The fields that the part's `StatusesVerified` needs, in addition to the part's questions."""

    job_id: UUID
    union_id: UUID
    unit_id: UUID
    part: Part


@dataclass(frozen=True, slots=True)
class Answers:
    """What both registries answered about the people of a part."""

    questions: Sequence[Question]
    card: RegistryAnswer
    employment: RegistryAnswer


def pack_questions(questions: Sequence[Question]) -> bytes:
    """The questions as JSON. PostgreSQL stores the bytes unparsed. To parse them as jsonb would cost PostgreSQL more
    than all the rest that it does for a part.
    """
    return orjson.dumps(list(map(tuple, questions)))


def unpack_questions(packed: bytes) -> list[Question]:
    return [
        Question(member_id, DOCUMENT_TYPES[kind], ask_card, ask_employment)
        for member_id, kind, ask_card, ask_employment in orjson.loads(packed)
    ]


def person_hash(person_key: str) -> int:
    """The first 64 bits of a person key, by which the parts of a person are found. An index of whole keys would be
    twice as large. The probability that two people of a city have the same 64 bits is about one in a million.
    """
    return int.from_bytes(bytes.fromhex(person_key[:16]), signed=True)


def pack_answers(answers: RegistryAnswer) -> dict[str, Any]:
    at = answers.at.isoformat() if answers.at else None
    return {"codes": dict(answers.codes), "complete": answers.complete, "at": at}


def unpack_answers(packed: dict[str, Any] | None) -> RegistryAnswer:
    if packed is None:
        return RegistryAnswer()
    at = datetime.fromisoformat(packed["at"]) if packed["at"] else None
    return RegistryAnswer(packed["codes"], packed["complete"], at)


def open_numbers(row_cipher: RowCipher, sealed: bytes, part_id: UUID) -> list[str]:
    """Decrypt what `seal_numbers` has encrypted. Raises Unreadable."""
    numbers: list[str] = orjson.loads(row_cipher.unseal_bytes(sealed, part_id))
    return numbers


def seal_numbers(row_cipher: RowCipher, part: CheckPart) -> bytes:
    """Seal all numbers of a part together. Sealing each number alone would take longer than a query to a registry."""
    return row_cipher.seal_bytes(orjson.dumps(part.numbers), part.part_id)
