"""Downloads Kafka's jars from Maven. A jar is used only if the lock file `jars.sha256` has its checksum.

After a change of COORDINATES, run `python -m enrollctl.embedded.jars`, which writes a new lock file.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext, PythonResolver

from enrollctl.errors import Failure
from enrollctl.terminal.progress import Progress, ProgressCallback, StepState, no_progress

# Without "!" jgo would also apply the version lists of the parents of these artifacts. The list of log4j's parent
# would replace kafka-clients by version 3.9.
COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.0!",
    "org.apache.kafka:kafka-tools:4.3.0!",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.1!",
)
# kafka-tools depends on Kafka Connect and its web server, which a broker does not need.
EXCLUDED = (
    ("org.apache.kafka", "connect-runtime"),
    ("com.fasterxml.jackson.jakarta.rs", "jackson-jakarta-rs-json-provider"),
)
LOCK_FILE = Path(__file__).with_name("jars.sha256")
ATTEMPTS = 3
MAVEN_CACHE = "maven"
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")

Lock = dict[str, str]


class JarRefused(Failure):
    """The lock file has a wrong line, or the jars differ from the lock file, for example in a checksum."""


def jars_folder() -> Path:
    """The folder for the jars: UE_JARS_DIR, else `.local/jars` of the checkout, else the user's cache."""
    if configured := os.environ.get("UE_JARS_DIR"):
        return Path(configured).expanduser().resolve()
    checkout = Path(__file__).resolve().parents[5]
    if (checkout / "deploy" / "enrollctl").is_dir():
        return checkout / ".local" / "jars"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "union-enrollment" / "jars"


def read_lock(path: Path = LOCK_FILE) -> Lock:
    """File name → sha256. Raises JarRefused for a line that is not `sha256  filename`."""
    lock: Lock = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        checksum, _, name = line.partition("  ")
        if len(checksum) != 64 or not name.endswith(".jar") or "/" in name:
            raise JarRefused(f"{path.name}, line {number}: expected 'sha256  filename'")
        lock[name] = checksum
    return lock


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path, lock: Lock) -> None:
    """Raises JarRefused unless the jar is in the lock and has the checksum of the lock."""
    expected = lock.get(path.name)
    if expected is None:
        raise JarRefused(f"{path.name} is not in {LOCK_FILE.name}; it will not be run")
    checksum = sha256_of(path)
    if checksum != expected:
        raise JarRefused(
            f"{path} has sha256 {checksum}, but {LOCK_FILE.name} says {expected}; "
            "it will not be run. Delete it and start again; if this happens again, do not trust the download"
        )


def class_path(on_progress: ProgressCallback = no_progress, folder: Path | None = None) -> list[Path]:
    """The paths of all jars in the lock file, in the same order. Missing or damaged jars are downloaded first."""
    folder = folder or jars_folder()
    lock = read_lock()
    if _missing(lock, folder):
        with _locked(folder):
            _fetch(lock, folder, on_progress)
    return [folder / name for name in lock]


def _missing(lock: Lock, folder: Path) -> list[str]:
    return [name for name in lock if not (folder / name).is_file() or sha256_of(folder / name) != lock[name]]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock the folder, because two starts at once would write the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch(lock: Lock, folder: Path, on_progress: ProgressCallback) -> None:
    _use_system_certificates()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _complete_cache(folder):
                _fetch_once(lock, folder, on_progress)
        except Failure:
            raise
        except Exception as error:
            if attempt == ATTEMPTS:
                raise Failure(f"Kafka's jars could not be fetched from Maven. {_advice(error, folder)}") from error
            on_progress(Progress("jars", detail=f"trying again after: {type(error).__name__}"))
        else:
            on_progress(Progress("jars", StepState.DONE, f"{len(lock)} jars, checksums right"))
            return


@contextmanager
def _complete_cache(folder: Path) -> Iterator[None]:
    """Mark jgo's cache of project files as unfinished during a download.

    If the mark of an earlier download is still there, delete the cache first. jgo writes files in place. So if an
    earlier process was killed while it wrote a file, jgo would now use the incomplete file.
    """
    cache, unfinished = folder / MAVEN_CACHE, folder / f"{MAVEN_CACHE}.unfinished"
    if unfinished.exists():
        shutil.rmtree(cache, ignore_errors=True)
    unfinished.touch()
    yield
    unfinished.unlink()


def _use_system_certificates() -> None:
    """Let the package `requests` use the system's certificates.

    The package's own list does not contain the certificate of a proxy that decrypts TLS.
    """
    bundles = (os.environ.get("SSL_CERT_FILE"), *CERTIFICATES)
    bundle = next((bundle for bundle in bundles if bundle and Path(bundle).is_file()), None)
    if bundle:
        os.environ.setdefault("REQUESTS_CA_BUNDLE", bundle)


def _advice(error: Exception, folder: Path) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full: make room under {folder} and start again"
    if isinstance(error, requests.exceptions.SSLError):
        return (
            "The server's TLS certificate is not trusted: put the proxy's certificate into the system's store "
            f"(update-ca-certificates), or name it in REQUESTS_CA_BUNDLE, and start again. It said: {error}"
        )
    return (
        f"Check the network (behind a proxy: HTTPS_PROXY) and start again, or copy the files named in {LOCK_FILE} to "
        f"{folder}. It said: {type(error).__name__}: {error}"
    )


def _fetch_once(lock: Lock, folder: Path, on_progress: ProgressCallback) -> None:
    missing = _missing(lock, folder)
    artifacts = {artifact.filename: artifact for artifact in _resolve(folder, on_progress)}
    if not_locked := sorted(artifacts.keys() - lock.keys()):
        raise JarRefused(f"Maven names jars that are not in {LOCK_FILE.name}: {', '.join(not_locked)}")
    if not_at_maven := sorted(set(missing) - artifacts.keys()):
        raise JarRefused(f"{LOCK_FILE.name} names jars that Maven does not: {', '.join(not_at_maven)}")
    for count, name in enumerate(missing):
        on_progress(Progress("jars", detail=f"downloading {name}", done=count, total=len(missing)))
        jar = _download(artifacts[name])
        check(jar, lock)
        shutil.move(jar, folder / name)


def _download(artifact: Artifact) -> Path:
    # Delete the cached file first. Otherwise jgo would use the incomplete file of an interrupted download.
    if artifact.cached_path is not None:
        artifact.cached_path.unlink(missing_ok=True)
    return Path(artifact.resolve())


def _resolve(folder: Path, on_progress: ProgressCallback) -> list[Artifact]:
    resolver = PythonResolver(progress_callback=_project_files(on_progress))
    repositories = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    context = MavenContext(resolver=resolver, repo_cache=folder / MAVEN_CACHE, remote_repos=repositories, timeout=60)
    excluded = [context.project(group, name) for group, name in EXCLUDED]
    direct, indirect = resolver.resolve([context.create_dependency(name, excluded) for name in COORDINATES])
    needed = [*direct, *(dependency for dependency in indirect if dependency.scope in ("compile", "runtime"))]
    return [dependency.artifact for dependency in needed]


def _project_files(
    on_progress: ProgressCallback,
) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    """A progress callback for jgo. With an empty cache, jgo reads some 100 small project files before the first jar."""

    @contextmanager
    def one_file(name: str, _: int) -> Iterator[Callable[[int], None]]:
        if name.endswith(".pom"):
            on_progress(Progress("jars", detail=f"resolving {name.removesuffix('.pom')}"))
        yield lambda _: None

    return one_file


def write_lock(folder: Path, path: Path = LOCK_FILE) -> int:
    """Write the jars that Maven names now into the lock file. Review the difference before you commit it."""
    jars = [Path(artifact.resolve()) for artifact in _resolve(folder, no_progress)]
    lines = sorted(f"{sha256_of(jar)}  {jar.name}" for jar in jars)
    path.write_text("\n".join(sorted(lines, key=lambda line: line.split("  ")[1])) + "\n", encoding="utf-8")
    return len(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{LOCK_FILE}: {write_lock(jars_folder())} jars\n")
