"""enrollctl runs only jars whose digests are in the lock file."""

import errno
import hashlib
import re
from pathlib import Path
from xml.etree.ElementTree import ParseError

import pytest
import requests

from enrollctl.embedded import jars
from enrollctl.embedded.jars import JarRefused, check, class_path, read_lock
from enrollctl.errors import Failure


def locked(jar: Path) -> dict[str, str]:
    return {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest()}


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    path = tmp_path / "broker-1.0.jar"
    path.write_bytes(b"the very file")
    return path


def test_the_jar_that_was_locked_passes(jar: Path):
    check(jar, locked(jar))


def test_a_changed_jar_is_refused_with_both_checksums(jar: Path):
    lock = locked(jar)
    jar.write_bytes(b"another file")
    with pytest.raises(JarRefused, match=lock[jar.name]):
        check(jar, lock)


def test_a_jar_that_nobody_locked_is_refused(jar: Path):
    with pytest.raises(JarRefused, match=r"broker-1\.0\.jar is not in jars\.sha256"):
        check(jar, {})


@pytest.mark.parametrize("line", ["abc  broker.jar", "0" * 64 + " broker.jar", "0" * 64 + "  ../broker.jar", ""])
def test_a_lock_file_with_a_strange_line_is_refused(tmp_path: Path, line: str):
    (tmp_path / "lock").write_text(f"{'0' * 64}  good.jar\n{line}\n")
    with pytest.raises(JarRefused, match="line 2"):
        read_lock(tmp_path / "lock")


def test_the_committed_lock_names_one_kafka_version_and_no_address():
    text = jars.LOCK_FILE.read_text()
    assert "http" not in text
    assert {"kafka_2.13-4.3.0.jar", "kafka-clients-4.3.0.jar", "kafka-tools-4.3.0.jar"} <= read_lock().keys()
    assert set(re.findall(r"kafka[-_a-z.13]*-(\d[\d.]+)\.jar", text)) == {"4.3.0"}


def test_whole_jars_are_used_without_asking_maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jar: Path):
    monkeypatch.setattr(jars, "read_lock", lambda: locked(jar))
    monkeypatch.setattr(jars, "_resolve", lambda *_: pytest.fail("Maven was asked"))
    assert class_path(folder=tmp_path) == [jar]


def test_a_download_that_is_not_the_locked_file_never_reaches_the_class_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jar: Path
):
    class Artifact:
        filename = "other-2.0.jar"
        cached_path = None

        def resolve(self) -> Path:
            path = tmp_path / "maven" / self.filename
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"what a bad mirror sends")
            return path

    monkeypatch.setattr(jars, "read_lock", lambda: {"other-2.0.jar": "0" * 64})
    monkeypatch.setattr(jars, "_resolve", lambda *_: [Artifact()])
    with pytest.raises(JarRefused, match="will not be run"):
        class_path(folder=tmp_path)
    assert not (tmp_path / "other-2.0.jar").exists()


def test_a_jar_that_maven_adds_unasked_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Artifact:
        filename = "stranger-1.0.jar"

    monkeypatch.setattr(jars, "read_lock", lambda: {"missing-1.0.jar": "0" * 64})
    monkeypatch.setattr(jars, "_resolve", lambda *_: [Artifact()])
    with pytest.raises(JarRefused, match=r"stranger-1\.0\.jar"):
        class_path(folder=tmp_path)


def test_half_a_file_that_a_killed_download_left_is_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jar: Path
):
    """jgo, which downloads the jars, leaves half a Maven project file (POM) if it is killed. The next run of jgo would
    take this half for the complete file.
    """
    half = tmp_path / "maven" / "kafka.pom"
    half.parent.mkdir()
    half.write_text("<project")
    (tmp_path / "maven.unfinished").touch()
    fetched = jar.read_bytes()

    class Artifact:
        filename = jar.name
        cached_path = None

        def resolve(self) -> Path:
            path = tmp_path / "fetched" / self.filename
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(fetched)
            return path

    def resolve(*_: object) -> list[Artifact]:
        assert not half.exists()
        return [Artifact()]

    lock = locked(jar)
    jar.unlink()
    monkeypatch.setattr(jars, "read_lock", lambda: lock)
    monkeypatch.setattr(jars, "_resolve", resolve)
    assert class_path(folder=tmp_path) == [jar]
    assert not (tmp_path / "maven.unfinished").exists()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (requests.exceptions.SSLError("CERTIFICATE_VERIFY_FAILED"), "TLS certificate is not trusted"),
        (requests.exceptions.ConnectionError("no route"), "Check the network"),
        (ParseError("no element found"), "Check the network"),
    ],
)
def test_a_download_that_fails_ends_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
):
    def resolve(*_: object) -> list[object]:
        raise error

    monkeypatch.setattr(jars, "read_lock", lambda: {"missing-1.0.jar": "0" * 64})
    monkeypatch.setattr(jars, "_resolve", resolve)
    with pytest.raises(Failure, match=sentence):
        class_path(folder=tmp_path)
