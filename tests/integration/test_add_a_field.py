"""The edits of docs/how-to/add-a-field.md are made in a copy of the repository. These edits are few, and no other edit
is needed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "add-a-field.md"
EDIT = re.compile(
    r"^\d+\. .*?`(?P<path>[\w/.-]+\.py)`(?:, class `(?P<scope>\w+)`)?, (?:a new file|below `(?P<anchor>[^`\n]+)`):\n"
    r"\n   ```\w+\n(?P<block>.*?)\n   ```$",
    re.MULTILINE | re.DOTALL,
)
CLAIM = re.compile(r"\*\*(\d+) edits in (\d+) files\*\*")
MOST_EDITS, MOST_FILES = 8, 6
#: Tests that the copy must pass, in addition to the test that the page adds.
TESTS = (
    *("tests/unit/member_svc/test_row_rules.py", "tests/unit/member_svc/test_template.py"),
    *("tests/unit/member_svc/test_roster_files.py", "tests/unit/member_svc/test_error_workbook.py"),
    "tests/unit/member_svc/test_plain_values.py",
    "tests/contracts/test_published_contracts.py",
    "tests/contracts/test_api_documents.py::test_every_operation_has_examples_that_fit[member_svc]",
    "tests/integration/test_tables.py::test_migrations_make_what_the_tables_declare[member_svc]",
    *(
        "tests/integration/member_svc/members/test_member_exports.py",
        "tests/integration/member_svc/imports/test_changed_people.py",
    ),
)
PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines to add to a file, below the first line that equals `anchor`. With a `scope`, only the lines of the class
    `scope` are searched for the anchor. If `anchor` is None, the lines are a new file."""

    path: str
    scope: str | None
    anchor: str | None
    block: str

    def apply(self, folder: Path) -> None:
        """Raises ValueError if the line `anchor` is missing."""
        path = folder / self.path
        if self.anchor is None:
            path.write_text(f"{self.block}\n")
            return
        lines = path.read_text().splitlines(keepends=True)
        start = next((n for n, line in enumerate(lines) if line.startswith(f"class {self.scope}")), 0)
        place = next((n for n in range(start, len(lines)) if lines[n].strip() == self.anchor), None)
        if place is None:
            raise ValueError(f"{self.path} has no line {self.anchor}")
        line = lines[place]
        lines[place] = line + indent(self.block, line[: len(line) - len(line.lstrip())]) + "\n"
        path.write_text("".join(lines))


def edits_of(page: str) -> list[Edit]:
    """The numbered edits of the page. NNNN stands for the number of member-svc's next migration, and MMMM for the
    number of its last migration."""
    last = max(int(path.name[:4]) for path in (ROOT / "services/member-svc/migrations/versions").glob("[0-9]*.py"))
    page = page.replace("NNNN", f"{last + 1:04}").replace("MMMM", f"{last:04}")
    found = [match.groupdict() for match in EDIT.finditer(page)]
    return [Edit(one["path"], one["scope"], one["anchor"], dedent(one["block"])) for one in found]


def of_the_code(edits: list[Edit]) -> Iterator[Edit]:
    return (edit for edit in edits if not edit.path.startswith("tests/"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as it is on disk, without the files that git ignores."""
    folder = tmp_path_factory.mktemp("copy")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def run_in(folder: Path, *command: str, **settings: str) -> None:
    """Run Python on the sources of the copy."""
    sources = [*folder.glob("contracts/src"), *folder.glob("services/*/src"), *folder.glob("deploy/*/src")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UE_", "PYTEST_"))}
    env = kept | {"PYTHONPATH": os.pathsep.join(map(str, sources))} | settings
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"


def test_a_field_takes_as_few_edits_as_the_page_says():
    page = PAGE.read_text()
    edits = list(of_the_code(edits_of(page)))
    found = (len(edits), len({edit.path for edit in edits}))
    assert [tuple(map(int, claim)) for claim in CLAIM.findall(page)] == [found]
    assert found[0] <= MOST_EDITS
    assert found[1] <= MOST_FILES


def test_every_numbered_step_of_the_page_is_an_edit():
    page = PAGE.read_text()
    assert len(edits_of(page)) == len(re.findall(r"^\d+\. ", page, re.MULTILINE))


def test_the_edits_of_the_page_are_enough(copy: Path, postgres_admin_url: str):
    edits = edits_of(PAGE.read_text())
    for edit in edits:
        edit.apply(copy)
    [story] = [edit.path for edit in edits if edit.path.startswith("tests/") and edit.anchor is None]
    # This check refuses a change of an event that an old consumer could not read.
    run_in(copy, "contracts/tools/publish.py")
    edited = sorted({edit.path for edit in edits})
    run_in(copy, "-m", "ruff", "check", *edited)
    run_in(copy, "-m", "ruff", "format", "--check", *edited)
    run_in(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, story, UE_TEST_POSTGRES=postgres_admin_url)
