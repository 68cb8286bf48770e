"""Write a new service: make new-stage NAME=receipt-svc READS=VoucherAccepted STAGE=7

The folder `template` contains a small service. Its files are copied, and get the new service's names. In
contracts/topics.py the new service is added to the consumers of the topics that it reads. No other file is changed.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from consumers import with_consumer
from names import ROOT, Refused, Stage, stage_of

from contracts.topics import UNIONS

TEMPLATE = Path(__file__).parent / "template"
TOPICS = ROOT / "contracts" / "src" / "contracts" / "topics.py"
NEXT_STEPS = """\
{name} is written: services/{name} and tests/integration/{package}. It reads {event} and the union tree, and is named as
their consumer in contracts/src/contracts/topics.py. Its database and its port are chosen when the stack starts.

Next:
  domain.py, usecases.py    the rule; its test in tests/unit/{package}
  tables.py, migrations/    what it stores; service.toml says how a rebuild restores each table
  api.py                    routes, and what the staff call them (now: 查看环节记录)
  docs/how-to/add-an-event.md, if it publishes one
  make check contracts
  .venv/bin/python tests/support/with_parts.py .venv/bin/pytest -q tests/integration/{package}
  enrollctl down; enrollctl up     the stack starts it
"""


def write(stage: Stage) -> list[Path]:
    """Write the service and its test; returns the files. Raises Refused before anything is written."""
    topics = TOPICS.read_text()
    for topic in (stage.reads.topic, UNIONS):
        topics = with_consumer(topics, topic.name, stage.name)
    sources = [path for path in sorted(TEMPLATE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    written = [_write(path, stage) for path in sources]
    TOPICS.write_text(topics)
    _tidy([TOPICS, *(path for path in written if path.suffix == ".py")])
    return written


def _write(source: Path, stage: Stage) -> Path:
    path = ROOT / renamed(str(source.relative_to(TEMPLATE)), stage)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(renamed(source.read_text(), stage))
    return path


def renamed(text: str, stage: Stage) -> str:
    """The template's text with the words of the stage. One pass replaces all words, so that no word changes twice."""
    words = stage.words()
    longest_first = sorted(words, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda match: words[match[0]], text)


def _tidy(files: list[Path]) -> None:
    """Format the files, because the new names change the order of imports and the lengths of lines."""
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    for command in ([*ruff, "check", "--quiet", "--fix", "--select", "I"], [*ruff, "format", "--quiet"]):
        subprocess.run([*command, *map(str, files)], cwd=ROOT, check=True)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Write a new service.")
    parser.add_argument("name")
    parser.add_argument("--reads", required=True)
    parser.add_argument("--stage", type=int)
    options = parser.parse_args(arguments)
    try:
        stage = stage_of(options.name, options.reads, options.stage)
        write(stage)
    except Refused as refusal:
        print(f"make new-stage: {refusal}.", file=sys.stderr)
        return 2
    print(NEXT_STEPS.format(name=stage.name, package=stage.package, event=stage.reads.__name__))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
