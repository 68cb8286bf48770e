"""Build .venv, the Python environment of the project: python3 deploy/setup/environment.py PACKAGE…

The environment is built as .venv.new and renamed when it is complete, so that .venv is never half built. If the build
was killed, the next run starts it again. If a build is already running, a second build waits until it has ended. This
program uses only the standard library, because nothing is installed yet.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(os.environ.get("UE_SETUP_ROOT") or Path(__file__).resolve().parents[2])
VENV, NEW, OLD = ROOT / ".venv", ROOT / ".venv.new", ROOT / ".venv.old"
MARK = ".installed"
BOOTSTRAP, PINNED = ROOT / "requirements" / "bootstrap.txt", ROOT / "requirements" / "dev.txt"
#: The free disk space that a build needs.
NEEDED_BYTES = 1_500_000_000
CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
PYTHON_NAME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
#: Patterns in the output of a failed program, each with the sentence to print; the first match counts.
CAUSES = (
    (r"No space left on device|os error 28|Disk quota exceeded",
     "The disk is full. Make room under {root} and in ~/.cache, then run make again"),
    (r"CERTIFICATE_VERIFY_FAILED|SSLError|invalid peer certificate|UnknownIssuer|self[- ]signed certificate",
     "The server's TLS certificate is not trusted. Behind a proxy that decrypts TLS, put the proxy's certificate "
     "into the system's store (update-ca-certificates), or name it in SSL_CERT_FILE and PIP_CERT; then run make again"),
    (r"name resolution|Name or service not known|dns error|ConnectionError|ConnectTimeout|NewConnectionError|"
     r"Connection refused|Network is unreachable|timed out|tcp connect error|error sending request|ProxyError|"
     r"Could not connect|No matching distribution found",
     "Packages cannot be downloaded: no network, or the package index does not answer. Behind a proxy set "
     "HTTPS_PROXY; with a mirror set PIP_INDEX_URL and UV_DEFAULT_INDEX; then run make again"),
    (r"[Hh]ash mismatch|DO NOT MATCH THE HASHES",
     "A download is not the pinned file (its checksum differs). Run make again; if this happens again, do not trust "
     "the index"),
)  # fmt: skip


def main(packages: list[str]) -> None:
    expected = fingerprint(packages)
    if is_complete(VENV, expected) and not OLD.exists():
        return
    with build_lock() as lock:
        if is_complete(VENV, expected):
            shutil.rmtree(OLD, ignore_errors=True)
            return
        if not is_complete(NEW, expected):
            require_room()
            require_venv()
            say("Building the environment in .venv (a minute or two the first time) …")
            build(packages, lock)
            (NEW / MARK).write_text(expected)
        replace_environment()


def fingerprint(packages: list[str]) -> str:
    """A hash of everything on which the content of the environment depends."""
    files = [BOOTSTRAP, PINNED, *(ROOT / name / "pyproject.toml" for name in packages)]
    digest = hashlib.sha256(f"{sys.version}\n{ROOT}\n".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest() + "\n"


def is_complete(venv: Path, expected: str) -> bool:
    try:
        return (venv / MARK).read_text() == expected and (venv / "bin" / "python").exists()
    except OSError:
        return False


@contextmanager
def build_lock() -> Iterator[int]:
    """Lock the build. The installers inherit the lock, because they can still run after this program was killed."""
    with open(ROOT / ".venv.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another make builds the environment; waiting for it …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def require_room() -> None:
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES:
        give_up(f"Only {free // 10**6:,} MB are free under {ROOT}, {NEEDED_BYTES // 10**6:,} MB are needed. Make room")


def require_venv() -> None:
    """Give up if Python has no module venv. Debian and Ubuntu ship Python without this module."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        give_up(
            f"{sys.executable} has no venv module. On Debian or Ubuntu: sudo apt install {PYTHON_NAME}-venv. "
            "Then run make again"
        )


def build(packages: list[str], lock: int) -> None:
    for leftover in (NEW, OLD):
        shutil.rmtree(leftover, ignore_errors=True)
    python = str(NEW / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    uv = [str(NEW / "bin" / "uv"), "pip", "install", "--quiet", "--python", python]
    editable = [word for name in packages for word in ("-e", str(ROOT / name))]
    run([sys.executable, "-m", "venv", "--prompt", ROOT.name, str(NEW)], lock)
    run([*pip, "--require-hashes", "-r", str(BOOTSTRAP)], lock)
    run([*uv, "--require-hashes", "-r", str(PINNED)], lock)
    run([*uv, "--no-deps", "--no-build-isolation", *editable], lock)
    move_scripts()


def move_scripts() -> None:
    """Change .venv.new to .venv in the installed scripts, which contain the path of their interpreter."""
    for script in [*(NEW / "bin").iterdir(), NEW / "pyvenv.cfg"]:
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if os.fsencode(NEW) in content and b"\0" not in content[:1024]:
            script.write_bytes(content.replace(os.fsencode(NEW), os.fsencode(VENV)))


def replace_environment() -> None:
    """Rename .venv.new to .venv. After a kill between the renames, the next run uses the complete .venv.new."""
    if VENV.exists():
        shutil.rmtree(OLD, ignore_errors=True)
        VENV.rename(OLD)
    NEW.rename(VENV)
    shutil.rmtree(OLD, ignore_errors=True)


def run(command: list[str], lock: int) -> None:
    pipe = subprocess.PIPE
    result = subprocess.run(
        command, env=settings(), stdout=pipe, stderr=subprocess.STDOUT, text=True, errors="replace", pass_fds=(lock,)
    )
    if result.returncode:
        give_up(cause_of(result.stdout, command))
    sys.stdout.write(result.stdout)


def cause_of(output: str, command: list[str]) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    for pattern, sentence in CAUSES:
        match = next((line for line in lines if re.search(pattern, line)), None)
        if match is not None:
            return f"{sentence.format(root=ROOT)}. The installer printed: {match.strip()[:300]}"
    return "\n".join([f"{' '.join(command[:4])} … failed:", *lines[-20:]])


def settings() -> dict[str, str]:
    """The environment variables of pip and uv.

    With these variables, pip and uv trust the system's certificates. So a proxy that decrypts TLS needs no further
    setting.
    """
    defaults = {"UV_SYSTEM_CERTS": "true"}
    bundles = (os.environ.get("SSL_CERT_FILE"), *CERTIFICATES)
    bundle = next((bundle for bundle in bundles if bundle and Path(bundle).is_file()), None)
    if bundle:
        defaults["PIP_CERT"] = bundle
    return defaults | dict(os.environ)


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def give_up(sentence: str) -> NoReturn:
    sys.exit(f"make setup: {sentence}.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        give_up(f"{error.strerror}: {error.filename}. Mend this (if a disk is full, make room), then run make again")
