"""Commands on a running stack: they find it, and refuse to work on servers that are not its own."""

from pathlib import Path
from typing import Any, cast

import pytest

from deploy.embedded import state
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.record import stack
from deploy.embedded.settings import LauncherSettings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LauncherSettings:
    monkeypatch.setattr(stack, "ENV_FILE", tmp_path / ".env")
    monkeypatch.setattr(stack, "connect", lambda _socket: cast("Any", object()))
    settings = LauncherSettings(data_dir=tmp_path / "data")
    layout = Layout(settings.data_dir)
    layout.create()
    state.State(
        llm="m",
        weights="",
        backend="openai",
        fingerprint=state.fingerprint(settings, tmp_path / ".env"),
        servers=state.servers(settings),
    ).write(layout.state)
    return settings


def test_the_stack_is_found_with_the_backend_that_it_chose(settings: LauncherSettings) -> None:
    found = stack.find(settings, unchanged=True)
    assert found is not None
    assert found.environment["LLM_BACKEND"] == "openai"
    assert found.services[0].name == "gateway"


def test_a_setting_that_moves_no_server_stops_only_who_starts_services(
    settings: LauncherSettings,
) -> None:
    changed = settings.model_copy(update={"api_port": 8010})
    assert stack.find(changed) is not None
    with pytest.raises(StackError, match="have changed since the start"):
        stack.find(changed, unchanged=True)


@pytest.mark.parametrize("change", [{"postgres_port": 1}, {"database_url": "none"}])
def test_servers_that_are_elsewhere_are_not_worked_on(
    change: dict[str, Any], settings: LauncherSettings
) -> None:
    with pytest.raises(StackError, match="have changed since the start"):
        stack.find(settings.model_copy(update=change))


def test_without_a_state_nothing_runs(settings: LauncherSettings) -> None:
    Layout(settings.data_dir).state.unlink()
    assert stack.find(settings) is None
