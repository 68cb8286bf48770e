"""The exercise of docs/how-to/add-a-stage.md is done in a copy of the repository. The new stage is one new folder, and
the copy passes the checks."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from enrollctl.declarations import OWN_SERVICES

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
NAME, PACKAGE = "appeal-svc", "appeal_svc"
#: Tests of the existing services and tests that plant a fault are left out, because they run in the repository itself.
ELSEWHERE = " or ".join(("caught", "found", *(service.package for service in OWN_SERVICES)))


@dataclass
class Checkout:
    """A copy of the repository. Python finds the packages of the copy before those of the environment."""

    root: Path
    postgres: str

    @property
    def installed(self) -> Path:
        """The folder into which the new service is installed, so that Python finds its entry point."""
        return self.root / ".local" / "installed"

    def files(self) -> dict[str, str]:
        """Path → digest of the file. The files of installed packages are left out."""
        paths = [path for path in self.root.rglob("*") if path.is_file() and not path.is_relative_to(self.installed)]
        return {str(path.relative_to(self.root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}

    def run(self, *command: str) -> str:
        """Return the command's output. If the command fails, the test fails with that output."""
        sources = [*self.root.glob("services/*/src"), self.root / "contracts/src", self.root / "deploy/enrollctl/src"]
        given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "UE_"))}
        given |= {
            "PYTHONPATH": os.pathsep.join(map(str, [*sources, self.installed])),
            "PYTHONDONTWRITEBYTECODE": "1",
            "RUFF_NO_CACHE": "true",
            "UE_TEST_POSTGRES": self.postgres,
        }
        done = subprocess.run(command, cwd=self.root, env=given, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def python(self, *arguments: str) -> str:
        return self.run(sys.executable, *arguments)

    def install(self, folder: str) -> None:
        where = ["--python", sys.executable, "--target", str(self.installed)]
        self.run(str(BIN / "uv"), "pip", "install", *where, "--no-deps", "--no-build-isolation", "--offline", folder)

    def test(self, *paths: str) -> None:
        # By default, pytest puts the folders of all its runs below one folder and makes this folder private. Servers of
        # other tests have their data there and would lose access.
        options = ["-q", "-x", "-p", "no:cacheprovider", "--basetemp", str(self.root / ".local" / "tests")]
        self.python("-m", "pytest", *options, "-k", f"not ({ELSEWHERE})", *paths)


@pytest.fixture
def checkout(tmp_path: Path, postgres_admin_url: str) -> Checkout:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        # Git also lists a file that was removed without a commit.
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    return Checkout(tmp_path, postgres_admin_url)


def test_a_new_stage_is_one_folder_and_runs_at_once(checkout: Checkout):
    before = checkout.files()
    checkout.python("deploy/new_stage/new_stage.py", NAME, "--reads", "VoucherAccepted")
    after = checkout.files()
    changed = [name for name, digest in before.items() if after.get(name) != digest]
    new = [name for name in after if name not in before and not name.startswith(f"services/{NAME}/")]
    assert changed == ["contracts/src/contracts/topics.py"]
    assert new == [f"tests/integration/{PACKAGE}/test_appeals.py"]

    checkout.install(f"services/{NAME}")
    checkout.python("contracts/tools/publish.py")
    checkout.python("docs/tools/documents.py")
    after = checkout.files()
    written = [name for name, digest in before.items() if after[name] != digest]
    assert [name for name in written if not name.startswith(("docs/", "contracts/"))] == []
    assert f"| {NAME} | 7 appeal |" in (checkout.root / "docs/architecture.md").read_text()

    assert f"services/{NAME}/src" in checkout.run("make", "--dry-run", "check")
    checkout.run(str(BIN / "ruff"), "check", "services", "contracts", "tests")
    checkout.run(str(BIN / "ruff"), "format", "--check", "services", "contracts", "tests")
    its_own = [f"tests/integration/{PACKAGE}", "tests/integration/test_tables.py"]
    checkout.test(
        *its_own, "tests/architecture", "tests/contracts", "tests/unit/enrollctl/ops_client/test_token_advice.py"
    )
