"""Plants a mutant: one text of one file is replaced in a copy of a package. A named test must then fail."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`file` is in the package folder `package`; `old` occurs in `file` exactly once.

    `rows`: the rows of docs/requirements.tsv whose rule the mutant changes; empty if it changes none. `kind`: the
    repaired defect that the mutant brings back; "" if it brings none back. `shows`: a text that the output of the
    failing test must contain, so that a failure for a different reason does not count; "" if any failure counts.
    """

    name: str
    rows: tuple[str, ...]
    package: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    kind: str = ""
    shows: str = ""


class NotPlantable(Exception):
    """The text to change does not occur, or occurs more than once, because the list of mutants is older than the
    code.
    """


def read_mutants(path: Path) -> list[Mutant]:
    """Read the list of mutants in a toml file. Raises KeyError for a mutant with a missing field."""
    entries = tomllib.loads(path.read_text())["mutant"]
    return [
        Mutant(
            one["name"],
            tuple(one.get("rows", ())),
            one["package"],
            one["file"],
            one["old"],
            one["new"],
            tuple(one["tests"]),
            one.get("kind", ""),
            one.get("shows", ""),
        )
        for one in entries
    ]


def plant(mutant: Mutant, folder: Path) -> Path:
    """Copy the package into `folder`, change the copy, and return the folder for PYTHONPATH. Raises NotPlantable."""
    text = changed_text(mutant)
    source = ROOT / mutant.package
    copy = folder / source.name
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (copy / mutant.file).write_text(text)
    return copy / "src"


def changed_text(mutant: Mutant) -> str:
    """The text of the file with the change. Raises NotPlantable."""
    path = ROOT / mutant.package / mutant.file
    text = path.read_text() if path.exists() else ""
    if text.count(mutant.old) != 1:
        raise NotPlantable(f"{mutant.package}/{mutant.file}: {text.count(mutant.old)} times {mutant.old!r}")
    return text.replace(mutant.old, mutant.new)
