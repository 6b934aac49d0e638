"""`.env`: generated once, private, and never stronger than the real environment."""

import os
from pathlib import Path

import pytest

from deploy.embedded import dotenv_file


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in dotenv_file.SECRETS:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=1", {"A": "1"}),
        ("  export A = 1 ", {"A": "1"}),
        ("A='x # y'", {"A": "x # y"}),
        ('A="x"  # why', {"A": "x"}),
        ("A=x#y", {"A": "x#y"}),
        ("A=x # y", {"A": "x"}),
        ("A= # nothing", {"A": ""}),
        ("A=b=c", {"A": "b=c"}),
        ("A=", {"A": ""}),
        ("# A=1", {}),
        ("no sense", {}),
    ],
)
def test_a_line_is_understood(line: str, expected: dict[str, str]) -> None:
    assert dotenv_file.parse(line) == expected


def test_the_file_is_made_with_random_secrets_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / ".env"

    generated = dotenv_file.ensure(path)

    assert set(generated) == {"SECRET_KEY", "ADMIN_PASSWORD"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert dotenv_file.parse(path.read_text()) == generated
    assert len(generated["SECRET_KEY"]) >= 32
    assert dotenv_file.ensure(tmp_path / "other")["SECRET_KEY"] != generated["SECRET_KEY"]


def test_the_secrets_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    dotenv_file.ensure(path)
    before = path.read_text()

    assert dotenv_file.ensure(path) == {}
    assert path.read_text() == before


def test_a_users_file_is_kept_and_completed(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nAPI_PORT=8100\nSECRET_KEY=\nADMIN_PASSWORD=chosen\n")

    generated = dotenv_file.ensure(path)

    assert set(generated) == {"SECRET_KEY"}
    key = generated["SECRET_KEY"]
    expected = f"# mine\nAPI_PORT=8100\nSECRET_KEY={key}\nADMIN_PASSWORD=chosen\n"
    assert path.read_text() == expected
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_real_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".env"
    path.write_text("MEMBUS_A=file\nMEMBUS_B=file\nMEMBUS_C=file\nMEMBUS_D=\n")
    monkeypatch.setenv("MEMBUS_A", "real")
    monkeypatch.setenv("MEMBUS_B", "")
    monkeypatch.setenv("MEMBUS_C", "to be restored")
    monkeypatch.delenv("MEMBUS_C")

    dotenv_file.load(path)

    found = [os.environ.get(f"MEMBUS_{letter}") for letter in "ABCD"]
    assert found == ["real", "file", "file", None]
