"""Checks that every reference to a row of `docs/requirements.tsv`, a decision or a document has a target."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from requirements.table import known

ROOT = Path(__file__).parents[2]
PLACES = (
    "services/*/src",
    "services/*/README.md",
    "contracts",
    "deploy",
    "docs",
    "tests/faults",
    "README.md",
    "CONTRIBUTING.md",
)
ROW = re.compile(r"\b[FDA]\d{2,3}\b")
DECISION = re.compile(r"\bADR (\d{4})\b")
DOCUMENT = re.compile(r"\bdocs/[\w./-]+\.(?:md|tsv|json)\b")
#: Names of documents that are not in the repository.
ELSEWHERE = re.compile(
    r"\b(design|facts|reliability|platform|features)(\.md)?\s*§|\b(facts|features|reliability|rivals)\.md\b"
)


def texts() -> Iterator[tuple[str, str]]:
    for place in PLACES:
        for found in sorted(ROOT.glob(place)):
            for file in [found] if found.is_file() else sorted(found.rglob("*")):
                if file.suffix in (".py", ".md", ".toml", ".yaml") and ".egg-info" not in str(file):
                    yield str(file.relative_to(ROOT)), file.read_text()


def lost(text: str) -> list[str]:
    """References in the text whose target does not exist in the repository."""
    rows = [row for row in ROW.findall(text) if not known(row)]
    decisions = [f"ADR {n}" for n in DECISION.findall(text) if not list((ROOT / "docs" / "adr").glob(f"{n}-*.md"))]
    documents = [match[0] for match in DOCUMENT.finditer(text) if not (ROOT / match[0]).exists()]
    return [*rows, *decisions, *documents, *(match[0] for match in ELSEWHERE.finditer(text))]


@pytest.mark.parametrize("text", ["(F999)", "(A63)", "see ADR 9999", "docs/nowhere.md", "(facts §3)", "design.md §4"])
def test_a_reference_to_nothing_is_found(text: str):
    assert lost(text)


def test_every_reference_can_be_followed():
    found = {name: missing for name, text in texts() if (missing := lost(text))}
    assert found == {}
