"""status-checker shows the story of a person, who is searched by document number: when the service asked a registry
about the person, and when the registry answered."""

from typing import Any
from uuid import uuid4

import pytest
from integration.status_checker.conftest import Checker

from contracts.words import DocumentType

NUMBER = "310101199001010011"


async def story(checker: Checker, number: str, scope: Any) -> list[dict[str, Any]]:
    answer = await checker.bench.client.post(
        "/people/story", json={"number": number}, headers=checker.bench.token("handler", scope)
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["steps"])


@pytest.mark.row("F035", "F097", "D02")
async def test_a_person_is_asked_about_and_answered(checker: Checker):
    checker.city.knows(NUMBER, "1", "10")
    event, cause = checker.imported((NUMBER, DocumentType.RESIDENT_ID, False), ("E1", DocumentType.PASSPORT, False))
    await checker.bench.deliver(event, cause=cause)
    assert [step["what"] for step in await story(checker, NUMBER, checker.union_id)] == ["check_asked"]
    await checker.bench.run_jobs()
    steps = await story(checker, NUMBER, checker.union_id)
    assert [step["what"] for step in steps] == ["check_asked", "check_answered"]
    assert steps[0]["words"] == "向登记机构查询状态（导入后自动校验）"
    assert len(await story(checker, "e1", checker.union_id)) == 2
    assert await story(checker, NUMBER, uuid4()) == []
