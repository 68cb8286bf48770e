"""Checks that all names in documents exist: files, links, make targets, commands, topics, services, settings, code."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from contracts.catalog import BY_TYPE
from contracts.topics import BY_NAME
from enrollctl.__main__ import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("architecture", "glossary", "tutorial"))]
DOCUMENTS += sorted((ROOT / "docs" / "how-to").glob("*.md"))
#: Documents are allowed to name the code in these folders.
CODE = ("contracts", "services", "deploy", "docs/tools")
CONFIGURATION = ("pyproject.toml", ".importlinter", "Makefile")

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TICKS = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
PATH = re.compile(r"(?:contracts|services|deploy|docs|tests|requirements)/[\w./*-]*\w/?|\w+\.md")
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
COMMAND = re.compile(r"\benrollctl ([^`\n|#;)]+)")
TOPIC = re.compile(r"\b[a-z]+\.[a-z-]+\.v\d+\b")
SERVICE = re.compile(r"\b[a-z]+-svc\b")
SETTING = re.compile(r"\b(?:UE|ue)_\w+")
SYMBOL = re.compile(r"[A-Za-z_][\w.]*\w(?:\(\))?")
#: Names that a page itself introduces, as examples of new code: <!-- new here: Name other_name -->
NEW_HERE = re.compile(r"^<!-- new here: (.+) -->\n", re.MULTILINE)
#: Parts of a path or a command that the reader replaces: services/NAME-svc, migrations/versions/NNNN_….
PLACEHOLDER = re.compile(r"[A-Z]{4}|…|\*")


def code_of(text: str) -> Iterator[str]:
    """Texts between backticks, and shell blocks. Blocks in other languages are left out, because they are examples
    of new code.
    """
    yield from (block for language, block in FENCE.findall(text) if language in ("sh", ""))
    yield from TICKS.findall(FENCE.sub("", text))


def lost(text: str, folder: Path = ROOT) -> list[str]:
    """Names in the text that do not exist in the repository, and names that the text introduces as new although they
    exist.
    """
    new = {name for names in NEW_HERE.findall(text) for name in names.split()}
    missing = unknown(NEW_HERE.sub("", text), folder)
    return [name for name in missing if name not in new] + sorted(new - set(missing))


def unknown(text: str, folder: Path) -> list[str]:
    """Names in the text that do not exist in the repository."""
    pieces = list(code_of(text))
    found = [link for link in LINK.findall(text) if ":" not in link and not (folder / link).exists()]
    for piece in pieces:
        found += [path for path in PATH.findall(piece) if not is_path(path, folder)]
        found += [f"make {name}" for name in TARGET.findall(piece) if name not in targets()]
        found += [f"enrollctl {line}" for line in COMMAND.findall(piece) if not is_command(line)]
        found += [name for name in TOPIC.findall(piece) if name not in BY_NAME and name not in BY_TYPE]
        found += [name for name in SETTING.findall(piece) if name not in vocabulary()]
    found += [name for name in SERVICE.findall(text) if not (ROOT / "services" / name).is_dir()]
    found += [piece for piece in TICKS.findall(FENCE.sub("", text)) if not is_symbol(piece)]
    return found


def is_path(path: str, folder: Path) -> bool:
    """Whether the path exists. If it contains a placeholder, only the folders before the placeholder are checked."""
    if held := PLACEHOLDER.search(path):
        path = path[: held.start()].rpartition("/")[0]
    return (ROOT / path).exists() or (folder / path).exists()


@cache
def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def is_command(line: str) -> bool:
    """Whether enrollctl has the command and each option of this command line."""
    command: Any = typer.main.get_command(app)
    options = options_of(command)
    for word in line.split():
        if word.startswith("--"):
            if word.partition("=")[0] not in options:
                return False
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return False
            command = command.commands[word]
            options |= options_of(command)
    return True


def options_of(command: Any) -> set[str]:
    return {"--help"} | {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}


def is_symbol(piece: str) -> bool:
    """Whether each part of a dotted name occurs in the code. Also True for a text that is not a name."""
    if not SYMBOL.fullmatch(piece) or not re.search(r"[_.]|[a-z][A-Z]|\(\)", piece) or PLACEHOLDER.search(piece):
        return True
    return piece in BY_NAME or piece in BY_TYPE or (ROOT / piece).exists() or set(parts_of(piece)) <= vocabulary()


def parts_of(piece: str) -> list[str]:
    return piece.removesuffix("()").split(".")


@cache
def vocabulary() -> set[str]:
    """All names of the code, all words of its texts, and the settings as environment variables."""
    found = {word for name in CONFIGURATION for word in re.findall(r"[\w-]+", (ROOT / name).read_text())}
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            found |= {path.stem, path.parent.name}
            for node in ast.walk(ast.parse(path.read_text())):
                found |= set(words_of(node))
    return found | {f"UE_{name.upper()}" for name in settings()}


def settings() -> set[str]:
    """The fields of the services' settings."""
    trees = [ast.parse(path.read_text()) for path in ROOT.glob("services/*/src/*/settings.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.AnnAssign)]
    return {node.target.id for node in nodes if isinstance(node.target, ast.Name)}


def words_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"[\w-]+", node.value)
    for field in ("id", "name", "attr", "arg"):
        if isinstance(name := getattr(node, field, None), str):
            yield name


@pytest.mark.parametrize(
    "text",
    [
        "`services/chassis/src/chassis/nowhere.py`",
        "[a page](nowhere.md)",
        "`make nothing`",
        "```sh\nenrollctl dead-letters forget\n```",
        "`enrollctl lag --fast`",
        "`members.heaps.v1`",
        "the tax-svc",
        "`UE_NO_SUCH_SETTING`",
        "`ue_no_such_metric_total`",
        "`NoSuchClass`",
        "`no_such_function()`",
        "`contracts.words.NoSuchWord`",
        "<!-- new here: NoSuchClass MembersImported -->\n`NoSuchClass` and `MembersImported`",
    ],
)
def test_a_name_of_nothing_is_found(text: str):
    assert lost(text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_everything_that_a_document_names_is_there(document: Path):
    assert lost(document.read_text(), document.parent) == []
