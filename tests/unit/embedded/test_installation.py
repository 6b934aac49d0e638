"""The secret that a backup's user ids were made with comes into `.env`, and the old one is kept."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.embedded import dotenv_file
from deploy.embedded.failure import StackError
from deploy.embedded.record import backup, installation, postgres_tools
from deploy.embedded.record.bundle import Bundle, Manifest
from shared.memory.database import async_url


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / ".env"
    for module in (installation, backup):
        monkeypatch.setattr(module, "ENV_FILE", path)
    return path


def bundle(settings: str) -> Bundle:
    manifest = Manifest(
        made_at=datetime.now(UTC),
        membus="1",
        schema_revision="1",
        users=0,
        conversations=0,
        messages=0,
        parts={},
    )
    return Bundle(Path("b"), manifest, settings, 0)


def test_where_there_is_no_env_the_backups_is_put(env: Path) -> None:
    assert installation.place_missing(bundle("SECRET_KEY=old\nMODEL=m\n"))
    assert env.read_text() == "SECRET_KEY=old\nMODEL=m\n"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert not installation.place_missing(bundle("SECRET_KEY=other\n"))
    assert "old" in env.read_text()


@pytest.mark.parametrize("settings", ["SECRET_KEY=same\n", "MODEL=m\n"])
def test_the_same_secret_changes_nothing(
    settings: str, env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text("SECRET_KEY=same\n")
    monkeypatch.setenv("SECRET_KEY", "same")
    assert installation.other_secret(bundle(settings)) == ""


def test_another_secret_is_taken_and_the_old_file_kept(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text("# mine\nSECRET_KEY=mine\nMODEL=m\n")
    monkeypatch.setenv("SECRET_KEY", "mine")

    secret = installation.other_secret(bundle("SECRET_KEY=theirs\nMODEL=other\n"))
    assert env.read_text() == "# mine\nSECRET_KEY=mine\nMODEL=m\n"
    installation.use_secret(secret)
    installation.take_secret(secret)

    assert env.read_text() == "# mine\nSECRET_KEY=theirs\nMODEL=m\n"
    kept = env.with_name(".env.before-restore")
    assert kept.read_text() == "# mine\nSECRET_KEY=mine\nMODEL=m\n"
    assert {stat.S_IMODE(file.stat().st_mode) for file in (env, kept)} == {0o600}
    assert installation.other_secret(bundle("SECRET_KEY=theirs\n")) == ""


def test_a_secret_of_the_environment_is_not_overruled(
    env: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env.write_text("SECRET_KEY=mine\n")
    monkeypatch.setenv("SECRET_KEY", "elsewhere")
    with pytest.raises(StackError, match="Unset it there"):
        installation.other_secret(bundle("SECRET_KEY=theirs\n"))


def test_a_backup_has_the_secret_that_is_in_use(env: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env.write_text("SECRET_KEY=mine\nMODEL=m\n")
    monkeypatch.setenv("SECRET_KEY", "mine")
    assert backup.settings_text() == "SECRET_KEY=mine\nMODEL=m\n"
    monkeypatch.setenv("SECRET_KEY", "elsewhere")
    assert backup.settings_text() == "SECRET_KEY=elsewhere\nMODEL=m\n"
    env.unlink()
    assert dotenv_file.parse(backup.settings_text()) == {"SECRET_KEY": "elsewhere"}


def test_a_password_goes_through_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PGOPTIONS", "-c x=y")
    url = async_url("postgresql://owner:p%40ss@db:5433/record?ssl=require")
    found = postgres_tools.environment(url)
    assert {name: value for name, value in found.items() if name.startswith("PG")} == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "owner",
        "PGPASSWORD": "p@ss",
        "PGDATABASE": "record",
        "PGSSLMODE": "require",
    }
