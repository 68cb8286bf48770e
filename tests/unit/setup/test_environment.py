"""The environment is complete or absent, even if a build is killed at any step, or if two builds run at once. Each
failure has a message."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("requirements/bootstrap.txt", "requirements/dev.txt", "package/pyproject.toml"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
    return tmp_path


def begin(checkout: Path, *steps: str) -> subprocess.Popen[str]:
    environment = os.environ | {"UE_SETUP_ROOT": str(checkout)}
    command = [sys.executable, str(HERE / "killed_setup.py"), *steps]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def setup(checkout: Path, *steps: str) -> int:
    process = begin(checkout, *(steps or ("none",)))
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode


def assert_complete(checkout: Path) -> None:
    venv = checkout / ".venv"
    assert {path.name for path in (venv / "bin").iterdir()} == {"python", "venv", "pip", "uv", "editable"}
    assert (venv / "bin" / "uv").read_text() == f"#!{venv}/bin/python\n"
    assert (venv / "pyvenv.cfg").read_text() == f"command = venv {venv}\n"
    assert not (checkout / ".venv.new").exists()
    assert not (checkout / ".venv.old").exists()


@pytest.mark.parametrize("step", ["venv", "pip", "uv", "editable", "place"])
def test_a_first_build_that_is_killed_begins_anew(checkout: Path, step: str):
    assert setup(checkout, step) == -signal.SIGKILL
    assert (checkout / ".venv").exists() == (step == "place")
    assert setup(checkout) == 0
    assert_complete(checkout)


@pytest.mark.parametrize("step", ["venv", "uv", "aside", "place"])
def test_a_rebuild_that_is_killed_leaves_the_old_environment_or_the_new_one(checkout: Path, step: str):
    setup(checkout)
    (checkout / "requirements/dev.txt").write_text("changed")
    assert setup(checkout, step) == -signal.SIGKILL
    assert (checkout / ".venv").exists() == (step != "aside")
    assert setup(checkout) == 0
    assert_complete(checkout)


def test_an_installer_that_outlives_a_killed_build_is_waited_for(checkout: Path):
    assert setup(checkout, "pip", "pip") == -signal.SIGKILL
    started = time.monotonic()
    assert setup(checkout) == 0
    assert time.monotonic() - started > 1
    assert_complete(checkout)


def test_two_builds_at_once_build_once(checkout: Path):
    both = [begin(checkout, "none") for _ in range(2)]
    outputs = [process.communicate(timeout=60)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("Building the environment" in output for output in outputs) == 1
    assert_complete(checkout)


def test_what_was_built_is_left_alone_until_something_changes(checkout: Path):
    setup(checkout)
    mark = checkout / ".venv" / "mark"
    mark.touch()
    setup(checkout)
    assert mark.exists()
    (checkout / "package/pyproject.toml").write_text("changed")
    setup(checkout)
    assert not mark.exists()


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", ROOT / "deploy" / "setup" / "environment.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] …", "certificate is not trusted"),
        ("  Caused by: invalid peer certificate: UnknownIssuer", "certificate is not trusted"),
        ("NewConnectionError: Temporary failure in name resolution", "no network"),
        ("error: Request failed\n  Caused by: dns error: failed to lookup address", "no network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the pinned file"),
        ("error: Hash mismatch for `x==1`", "not the pinned file"),
    ],
)
def test_a_failure_is_one_sentence_with_what_to_do(environment: ModuleType, output: str, sentence: str):
    message = environment.cause_of(output, ["uv", "pip", "install"])
    assert sentence in message
    assert output.splitlines()[-1].strip()[:60] in message
    assert "\n" not in message


def test_a_failure_of_no_known_kind_shows_the_end_of_the_output(environment: ModuleType):
    assert environment.cause_of("a\nb\n", ["uv", "pip", "install"]).endswith("a\nb")


def test_a_python_without_venv_gets_the_name_of_the_package(environment: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environment, "find_spec", lambda name: None if name == "ensurepip" else object())
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with pytest.raises(SystemExit, match=rf"sudo apt install python{version}-venv"):
        environment.require_venv()


def test_a_full_disk_is_reported_before_any_download(environment: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10**8}))
    with pytest.raises(SystemExit, match="Only 100 MB are free"):
        environment.require_room()


def test_both_installers_trust_the_certificates_of_the_system(
    environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    bundle = tmp_path / "system.pem"
    bundle.touch()
    monkeypatch.setattr(environment, "CERTIFICATES", (str(bundle),))
    for name in ("SSL_CERT_FILE", "PIP_CERT", "UV_SYSTEM_CERTS"):
        monkeypatch.delenv(name, raising=False)
    assert {"PIP_CERT": str(bundle), "UV_SYSTEM_CERTS": "true"}.items() <= environment.settings().items()
    monkeypatch.setenv("PIP_CERT", "/the/users/own")
    assert environment.settings()["PIP_CERT"] == "/the/users/own"


@pytest.mark.parametrize(
    ("python", "sentence"),
    [("no-such-python", "there is no no-such-python"), ("./old-python", "Python 3.11 or newer is needed")],
)
def test_make_says_which_python_it_needs(tmp_path: Path, python: str, sentence: str):
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\necho "make setup: Python 3.11 or newer is needed" >&2; exit 1\n')
    old.chmod(0o755)
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), "setup", f"PYTHON={python}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    assert sentence in done.stderr
