"""The launcher's settings: folders, hosts, and errors that name the variable."""

from pathlib import Path

import pytest

from deploy.embedded import state, summary
from deploy.embedded.addresses import owner_environment, pages, service_environment
from deploy.embedded.failure import StackError
from deploy.embedded.settings import CHECKOUT, LauncherSettings, read_settings


def test_relative_folders_count_from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "else/where")
    monkeypatch.setenv("MEMBUS_CACHE", "~/models")

    settings = read_settings()

    assert settings.data_dir == CHECKOUT / "else/where"
    assert settings.membus_cache == Path.home() / "models"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_PORT", "x"),
        ("NATS_PORT", "70000"),
        ("LLM_BACKEND", "gpt"),
        ("DATABASE_URL", "sqlite:///membus.db"),
    ],
)
def test_a_wrong_value_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StackError, match=name):
        read_settings()


@pytest.mark.parametrize(
    ("host", "reached"), [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("10.0.0.7", "10.0.0.7")]
)
def test_what_listens_everywhere_is_reached_on_loopback(host: str, reached: str) -> None:
    assert pages(LauncherSettings(host=host))["api"] == f"http://{reached}:8000"


def test_the_services_are_told_where_everything_is() -> None:
    settings = LauncherSettings(
        nats_port=1, redis_port=2, engine_port=3, web_port=4, api_port=5, admin_port=6
    )

    found = service_environment(settings, "builtin")

    assert found["NATS_URL"] == "nats://127.0.0.1:1"
    assert found["REDIS_URL"] == "redis://127.0.0.1:2/0"
    assert found["BUILTIN_URL"] == "http://127.0.0.1:3/v1"
    assert found["WEB_URL"] == "http://127.0.0.1:4"
    assert found["API_URL"] == "http://127.0.0.1:5"
    assert found["ADMIN_URL"] == "http://127.0.0.1:6"
    assert found["LLM_BACKEND"] == "builtin"


def test_the_record_is_on_and_the_services_do_not_own_it() -> None:
    settings = LauncherSettings(postgres_port=7)
    services, owner = (
        make(settings, "ollama") for make in (service_environment, owner_environment)
    )

    assert services["DATABASE_URL"] == "postgresql://membus@127.0.0.1:7/membus"
    assert services["DATABASE_ADMIN_URL"] == ""
    assert owner["DATABASE_ADMIN_URL"] == "postgresql://postgres@127.0.0.1:7/membus"
    assert owner == {**services, "DATABASE_ADMIN_URL": owner["DATABASE_ADMIN_URL"]}
    assert summary.record(settings) == "PostgreSQL at 127.0.0.1:7, database membus"


def test_without_a_record_nobody_gets_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql://owner@db/membus")
    owner = owner_environment(LauncherSettings(database_url="none"), "ollama")
    assert (owner["DATABASE_URL"], owner["DATABASE_ADMIN_URL"]) == ("", "")


def test_ones_own_postgres_passes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://membus:s3cr3t@db:5433/record")
    settings = read_settings()
    assert service_environment(settings, "ollama")["DATABASE_URL"].endswith("@db:5433/record")
    assert owner_environment(settings, "ollama")["DATABASE_ADMIN_URL"] == settings.database_url
    assert summary.record(settings) == "PostgreSQL at db:5433, database record"

    monkeypatch.setenv("DATABASE_ADMIN_URL", "postgresql://owner:0wn3r@db:5433/record")
    settings = read_settings()
    assert "owner:" in owner_environment(settings, "ollama")["DATABASE_ADMIN_URL"]
    assert "owner" not in str(service_environment(settings, "ollama"))
    assert "0wn3r" not in repr(settings)


@pytest.mark.parametrize("empty", ["", "auto"])
def test_an_empty_address_means_the_stacks_own(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", empty)
    assert read_settings().embeds_postgres


def test_another_record_is_another_stack(tmp_path: Path) -> None:
    found = {
        state.fingerprint(LauncherSettings(database_url=url), tmp_path / ".env")
        for url in ("auto", "none", "postgresql://membus@db/membus")
    }
    assert len(found) == 3
