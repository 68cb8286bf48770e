"""Runs the shell blocks of docs/tutorial.md one after another, without changes."""

import os
import re
import subprocess
from pathlib import Path

from enrollctl.stack.stack import Stack

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: The tutorial waits for up to two minutes at each of its eight steps; this limit only ends a run that hangs.
PATIENCE_S = 600


def test_the_tutorial_enrolls_five_people_as_it_stands(stack: Stack):
    blocks = BLOCK.findall((ROOT / "docs" / "tutorial.md").read_text())
    script = "\n".join(["set -euo pipefail", *blocks])
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env=os.environ | {"UE_DIR": str(stack.folders.root)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.count('"label": "参保中"') == 5
    assert '"label": "已完成"' in ran.stdout
