"""Checks that a thing has one name in the API documents of all services, and that a word of the screens has one
code.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from package_modules import modules_of

from contracts.words import Word
from enrollctl.declarations import OWN_SERVICES

DOCUMENTS = sorted((Path(__file__).parents[2] / "docs" / "api").glob("*.json"))
PACKAGES = tuple(service.package for service in OWN_SERVICES)

#: A name that must not be used any more → the one name of the thing.
SYNONYMS = {
    "status": "state",
    "document_number": "number",
    "id_number": "number",
    "person_count": "people",
    "head_count": "heads",
    "amount": "amount_fen",
    "actor": "by",
    "operator": "by",
    "changed_at": "updated_at",
    "modified_at": "updated_at",
    "create_time": "created_at",
    "size": "page_size",
    "limit": "page_size",
    "submission_id": "submission_no",
    "batch_number": "batch_no",
    "member_number": "member_no",
}
#: Suffix → the formats of fields with this suffix.
SUFFIXES = {
    "_at": {"date-time"},
    "_on": {"date"},
    "_fen": {"integer"},
    "_id": {"uuid"},
    "_ids": {"array"},
    "_no": {"string"},
    "_by": {"string", "object"},
}
#: Fields that contain an instant or a date although their names have no suffix.
SHORT_INSTANTS = {"at"}
SHORT_DATES = {"day", "from", "to", "confirmed_from", "confirmed_to"}
#: Fields of the operators' routes that end with `_id` but are not always UUIDs: dead letters have numbers as ids, and
#: jobs have words.
OPERATORS_IDS = {"letter_id", "group_id", "job_id", "ce_id", "correlation_id"}
#: Names of fields with money. A model with such a field calls its number of people `heads`. Other models call
#: it `people`.
PAID_FOR = re.compile(r"(_fen|^fee)$")

Field = tuple[str, str, dict[str, Any]]


def named(document: Path) -> Iterator[Field]:
    """(where it is, name, schema) of each field of a model and each parameter."""
    written = json.loads(document.read_text())
    for model, schema in written["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            yield f"{document.stem} {model}", name, field
    for path, operations in written["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                yield f"{document.stem} {method} {path}", parameter["name"], parameter["schema"]


def kinds(schema: dict[str, Any]) -> set[str]:
    """The formats of a schema, or its types if it has no format; without null."""
    variants = schema.get("anyOf", [schema])
    found = {one.get("format") or one.get("type") or "object" for one in variants}
    return found - {"null"}


FIELDS: list[Field] = [field for document in DOCUMENTS for field in named(document)]


def test_nothing_has_a_second_name():
    wrong = [f"{place}: {name}, say {SYNONYMS[name]}" for place, name, _ in FIELDS if name in SYNONYMS]
    assert wrong == []


def test_a_suffix_says_what_a_field_is_and_what_it_is_has_the_suffix():
    wrong = []
    for place, name, schema in FIELDS:
        allowed, found = next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), None), kinds(schema)
        if allowed and not found <= allowed and name not in OPERATORS_IDS:
            wrong.append(f"{place}: {name} is {found}")
        if "date-time" in found and not name.endswith("_at") and name not in SHORT_INSTANTS:
            wrong.append(f"{place}: {name} is an instant")
        if found == {"date"} and not name.endswith("_on") and name not in SHORT_DATES:
            wrong.append(f"{place}: {name} is a date")
    assert wrong == []


def test_a_masked_value_says_so_by_its_name():
    """A response's `number` is the full document number. Only a reveal returns it; lists return `masked_number`."""
    full = {place.rsplit("__")[-1].split()[-1] for place, name, schema in FIELDS if name == "number"}
    assert full <= {
        *("Revealed", "PersonFilters", "SearchMembers", "SearchEnrollments", "StoryRequest", "Search"),
    }


def test_who_acted_is_by():
    wrong = [
        f"{place}: {name}"
        for place, name, _ in FIELDS
        if name in ("account", "user", "author") and not place.endswith(" Me")
    ]
    assert wrong == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.stem)
def test_people_who_are_paid_for_are_heads(document: Path):
    """A model with money counts `heads`; the number of people in a check or a list is `people`."""
    wrong = []
    for model, schema in json.loads(document.read_text())["components"]["schemas"].items():
        fields = schema.get("properties", {})
        counts = [name for name in ("people", "count") if kinds(fields.get(name, {"type": ""})) == {"integer"}]
        if counts and any(PAID_FOR.search(name) for name in fields):
            wrong.append(f"{model}: {counts}")
    assert wrong == []


#: These enumerations are no states: they name events in a history, buttons, notices, and results of comparisons.
NO_STATES = {"NoticeKind", "Happening", "Happened", "Step", "Change", "RowOutcome", "Target", "Origin"} | {
    *(
        "Agreement",
        "MatchResult",
        "FeedbackResult",
        "EmploymentStatus",
        "CardStatus",
        "Channel",
        "Ineligible",
        "Missing",
    ),
}
#: Word → the reason why it is allowed to have two codes.
TWO_CODES = {
    "已导入": "an import's state and a stage of people",
    "已缴费": "a submission's state and the stage that counts 无需缴费 too",
    "职保中心已确认": "a submission's own state and the stage of people",
    "待提交": "a person's standing and a line in the reviewer's list",
    "已退回": "a line goes back to its union, a voucher to its district",
}


def words() -> Iterator[type[Word]]:
    for package in PACKAGES:
        list(modules_of(package))
    waiting = [Word]
    while waiting:
        for one in waiting.pop().__subclasses__():
            yield one
            waiting.append(one)


def test_a_state_that_screens_call_alike_has_one_code():
    codes: dict[str, set[str]] = defaultdict(set)
    for vocabulary in words():
        if vocabulary.__module__.split(".")[0] in PACKAGES and vocabulary.__name__ not in NO_STATES:
            for word in vocabulary:
                codes[word.label].add(word.value)
    assert {label: found for label, found in codes.items() if len(found) > 1 and label not in TWO_CODES} == {}


def test_what_happened_to_a_line_reads_alike_to_both_sides():
    """The unit's history and the reviewer's history use the same word for the same fact (D18)."""
    from enrollment_svc.domain.batches.lines import Happening
    from review_svc.domain.history import Happened

    shared = {one.value for one in Happening} & {one.value for one in Happened}
    assert len(shared) >= 6
    assert [code for code in sorted(shared) if Happening(code).label != Happened(code).label] == []


def test_one_button_has_one_word_in_all_services():
    from chassis.web import SHARED
    from enrollment_svc.texts import TEXTS as ENROLLMENT
    from member_svc.texts.screens import TEXTS as MEMBER
    from payment_svc.texts.screens import TEXTS as PAYMENT
    from review_svc.texts.screens import TEXTS as REVIEW

    found: dict[str, set[str]] = defaultdict(set)
    for texts in (SHARED, MEMBER, ENROLLMENT, REVIEW, PAYMENT):
        for name, label in texts.buttons.items():
            found[label].add(name.rsplit(".", 1)[-1])
    assert {label: names for label, names in found.items() if len(names) > 1} == {}
