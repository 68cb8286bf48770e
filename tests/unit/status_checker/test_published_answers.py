"""The JSON of the answers, and the hash by which the parts of checks that contain a person are found."""

from uuid import uuid4

from pydantic import TypeAdapter

from contracts.statuses import VerifiedStatus
from contracts.words import CardStatus, EmploymentStatus
from status_checker.domain import Verdict
from status_checker.parts import person_hash
from status_checker.usecases import statuses_json


def test_the_json_of_the_answers_is_that_of_the_contract():
    results = [
        Verdict(str(uuid4()), CardStatus.NORMAL, "1", True, EmploymentStatus.UNCLEAR, "91", True),
        Verdict(uuid4(), None, None, False, None, None, True),
    ]
    read = TypeAdapter(list[VerifiedStatus]).validate_json(statuses_json(results))
    assert [tuple(one.model_dump().values()) for one in read] == [
        (one.member_id, *result[1:]) for one, result in zip(read, results, strict=True)
    ]
    assert [str(one.member_id) for one in read] == [str(result.member_id) for result in results]
    assert TypeAdapter(list[VerifiedStatus]).dump_json(read) == statuses_json(results)


def test_the_hash_of_a_person_is_the_beginning_of_the_key_as_a_signed_number():
    assert person_hash("00000000000000ff" + "a" * 16) == 255
    assert person_hash("ffffffffffffffff" + "a" * 16) == -1
