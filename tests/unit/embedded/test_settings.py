"""The launcher's settings: folders, hosts, and errors that name the variable."""

from pathlib import Path

import pytest

from deploy.embedded.addresses import pages, service_environment
from deploy.embedded.failure import StackError
from deploy.embedded.settings import CHECKOUT, LauncherSettings, read_settings


def test_relative_folders_count_from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", "else/where")
    monkeypatch.setenv("MEMBUS_CACHE", "~/models")

    settings = read_settings()

    assert settings.data_dir == CHECKOUT / "else/where"
    assert settings.membus_cache == Path.home() / "models"


@pytest.mark.parametrize(
    ("name", "value"), [("API_PORT", "x"), ("NATS_PORT", "70000"), ("LLM_BACKEND", "gpt")]
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
