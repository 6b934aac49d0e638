"""The commands and the script of the environment, as `make` runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.embedded.settings import CHECKOUT
from shared.auth import verify_token

pytestmark = pytest.mark.integration

SECRET = "0123456789abcdef0123456789abcdef"


def run(
    data: Path, *arguments: str, stdin: str = "", module: str = "deploy.embedded", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "DATA_DIR": str(data), "SECRET_KEY": SECRET, **more},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_does_not_run_is_told_so(tmp_path: Path) -> None:
    status = run(tmp_path / "data", "status")
    assert (status.returncode, "make up" in status.stdout) == (1, True)

    restart = run(tmp_path / "data", "restart", "context")
    assert (restart.returncode, "make up" in restart.stderr) == (1, True)

    logs = run(tmp_path / "data", "logs")
    assert (logs.returncode, "make up" in logs.stderr) == (1, True)


@pytest.mark.parametrize("arguments", [["rebuild"], ["backup", "FILE"], ["compact"]])
def test_what_needs_a_running_stack_says_how_to_start_it(
    arguments: list[str], tmp_path: Path
) -> None:
    named = [str(tmp_path / "a b") if each == "FILE" else each for each in arguments]
    done = run(tmp_path / "data", *named, module="deploy.embedded.record")
    assert (done.returncode, "make up" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_file_must_be_named(command: str, tmp_path: Path) -> None:
    for arguments in ([command], [command, "--", ""]):
        done = run(tmp_path / "data", *arguments, module="deploy.embedded.record")
        assert (done.returncode, f"make {command} FILE=" in done.stderr) == (1, True)


@pytest.mark.parametrize("arguments", [["rebuild"], ["backup", "FILE"]])
def test_without_a_record_there_is_nothing_to_keep(arguments: list[str], tmp_path: Path) -> None:
    named = [str(tmp_path / "b") if each == "FILE" else each for each in arguments]
    done = run(tmp_path / "data", *named, module="deploy.embedded.record", DATABASE_URL="none")
    assert (done.returncode, "DATABASE_URL=auto" in done.stderr) == (1, True)


def test_what_cannot_be_restored_starts_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no backup at all")
    for name in ("missing", "notes.txt"):
        done = run(
            tmp_path / "data", "restore", str(tmp_path / name), module="deploy.embedded.record"
        )
        assert (done.returncode, "Nothing was changed" in done.stderr) == (1, True)
    assert not (tmp_path / "data").exists()


def test_stopping_twice_is_safe(tmp_path: Path) -> None:
    for _ in range(2):
        down = run(tmp_path / "data", "down")
        assert (down.returncode, down.stderr) == (0, "")


def test_a_token_is_the_users(tmp_path: Path) -> None:
    token = run(tmp_path, "token", "alice", "--admin", "--days", "1").stdout.strip()
    assert verify_token(SECRET, token).admin
    assert run(tmp_path, "token", "alice", "--days", "0").returncode == 1


def test_cleaning_asks(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "valkey").mkdir(parents=True)
    assert run(data, "clean", stdin="no\n").returncode == 1
    assert data.exists()
    assert run(data, "clean", stdin="yes\n").returncode == 0
    assert not data.exists()


def test_a_wrong_setting_is_told_without_a_traceback(tmp_path: Path) -> None:
    result = run(tmp_path / "file" / "data", "down")
    assert result.returncode == 0
    (tmp_path / "file2").touch()
    result = run(tmp_path / "file2", "clean", "--yes")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (None, "apt-get install python3 python3-venv"),
        ('case "$2" in *version_info*) exit 1;; esac; echo Python 3.9.1', "3.11 to 3.13 is needed"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "apt-get install python3-venv"),
    ],
    ids=["no python", "an old one", "one without ensurepip"],
)
def test_an_environment_that_cannot_be_made_names_the_remedy(
    script: str | None, said: str, tmp_path: Path
) -> None:
    python = tmp_path / "python"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    (tmp_path / "requirements.txt").touch()

    result = subprocess.run(
        ["sh", str(CHECKOUT / "deploy/embedded/venv.sh"), "requirements.txt"],
        cwd=tmp_path,
        env={**os.environ, "PYTHON": str(python)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1
    assert said in result.stderr
    assert not (tmp_path / ".venv").exists()
