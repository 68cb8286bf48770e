"""The simulator answers as the two registries of the city."""

import asyncpg
import httpx
import pytest
from integration.simulator.district import csv_of

LOADED = [
    ("310101199003071230", "正常", "在职"),
    ("31010119650115001X", "封存", "退休"),
    ("310101196501150018", "-", "-"),
    ("310101196501150026", "正常", "离职"),
]


@pytest.fixture
async def loaded(simulator: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await simulator.put("/registries/records", content=csv_of(LOADED))
    assert answer.json() == {"stored": 4, "total": 4}
    return simulator


async def ask(client: httpx.AsyncClient, registry: str, *numbers: str) -> dict[str, str]:
    people = [{"ref": str(at), "document_type": "resident_id", "number": no} for at, no in enumerate(numbers)]
    answer = await client.post(f"/registries/{registry}/query", json={"people": people})
    assert answer.status_code == 200
    return {numbers[int(one["ref"])]: one["code"] for one in answer.json()["answers"]}


async def test_each_registry_answers_with_its_own_codes(loaded: httpx.AsyncClient) -> None:
    employed, retired, _, jobless = (row[0] for row in LOADED)
    assert await ask(loaded, "card", employed, retired) == {employed: "1", retired: "2"}
    assert await ask(loaded, "employment", employed, retired, jobless) == {employed: "10", retired: "20", jobless: "11"}


async def test_person_without_record_is_left_out_of_the_answers(loaded: httpx.AsyncClient) -> None:
    assert await ask(loaded, "card", LOADED[2][0]) == {}
    assert await ask(loaded, "employment", LOADED[2][0]) == {}


async def test_number_that_was_never_loaded_is_unclear_in_both(loaded: httpx.AsyncClient) -> None:
    assert await ask(loaded, "card", "110105199912310028") == {"110105199912310028": "0"}
    assert await ask(loaded, "employment", "110105199912310028") == {"110105199912310028": "90"}


async def test_other_spellings_find_the_same_record(loaded: httpx.AsyncClient) -> None:
    full_width = "３１０１０１１９６５０１１５００１ｘ"
    assert await ask(loaded, "card", "31010119650115001x", full_width) == {"31010119650115001x": "2", full_width: "2"}


async def test_answers_carry_the_business_time(loaded: httpx.AsyncClient) -> None:
    people = [{"ref": "a", "document_type": "passport", "number": "E12345678"}]
    answer = await loaded.post("/registries/card/query", json={"people": people})
    assert answer.json() == {"answers": [{"ref": "a", "code": "0", "as_of": "2024-05-10T09:00:00+08:00"}]}


async def test_loading_again_overwrites_and_the_last_row_of_a_number_counts(loaded: httpx.AsyncClient) -> None:
    number = LOADED[0][0]
    rows = [{"id_number": number, "card_status": word, "employment_status": "在职"} for word in ("挂失", "注销")]
    answer = await loaded.put("/registries/records", json=rows)
    assert answer.json() == {"stored": 1, "total": 4}
    assert await ask(loaded, "card", number) == {number: "5"}


async def test_unknown_word_names_its_line_and_nothing_is_stored(loaded: httpx.AsyncClient) -> None:
    answer = await loaded.put("/registries/records", content=csv_of([("1", "正常", "在职"), ("2", "很好", "在职")]))
    assert (answer.status_code, answer.json()["code"]) == (422, "STATUS_WORD_UNKNOWN")
    assert answer.json()["detail"]["line"] == 3
    assert (await loaded.put("/registries/records", json=[])).json() == {"stored": 0, "total": 4}


async def test_upload_without_its_columns_is_refused(simulator: httpx.AsyncClient) -> None:
    answer = await simulator.put("/registries/records", content="id_number,card\n1,正常\n".encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "COLUMNS_MISSING")


async def test_cleared_registry_knows_nobody(loaded: httpx.AsyncClient) -> None:
    assert (await loaded.delete("/registries/records")).json() == {"cleared": 4}
    assert await ask(loaded, "card", LOADED[0][0]) == {LOADED[0][0]: "0"}


async def test_a_question_about_too_many_people_is_refused(simulator: httpx.AsyncClient) -> None:
    people = [{"ref": str(at), "document_type": "resident_id", "number": "1"} for at in range(501)]
    answer = await simulator.post("/registries/card/query", json={"people": people})
    assert (answer.status_code, answer.json()["code"]) == (413, "TOO_MANY_PEOPLE")


async def test_refusal_does_not_repeat_the_number(simulator: httpx.AsyncClient) -> None:
    people = [{"ref": "a", "document_type": "driving_license", "number": "310101199003071230"}]
    answer = await simulator.post("/registries/card/query", json={"people": people})
    assert answer.status_code == 422
    assert "310101199003071230" not in answer.text


async def test_no_number_is_stored_in_clear(loaded: httpx.AsyncClient, database: str) -> None:
    connection = await asyncpg.connect(database)
    stored = await connection.fetchval("SELECT string_agg(encode(number, 'escape'), ' ') FROM registry_records")
    await connection.close()
    assert not any(row[0] in stored for row in LOADED)


async def test_a_large_upload_goes_in_as_a_whole(simulator: httpx.AsyncClient) -> None:
    rows = csv_of((f"31010119{at:010}", "正常", "在职") for at in range(20_000))
    assert (await simulator.put("/registries/records", content=rows)).json() == {"stored": 20_000, "total": 20_000}
