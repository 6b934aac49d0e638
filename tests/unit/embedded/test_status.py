"""The table of `make status`, and the words of the summary."""

from pathlib import Path

import pytest

from deploy.embedded import state, status, summary
from deploy.embedded.http_probe import unready
from deploy.embedded.layout import SOCKET_PATH_LIMIT, Layout
from deploy.embedded.programs import Program
from deploy.embedded.settings import LauncherSettings
from deploy.embedded.supervisor_client import ProcessState

GATEWAY = Program(name="gateway", group="services", command=[], port=8000, port_variable="API_PORT")


def process(name: str, pid: int) -> ProcessState:
    return ProcessState(
        name="gateway", state=name, pid=pid, started=100, now=3_765, error="", exit_status=1
    )


def test_a_running_process_has_pid_and_uptime() -> None:
    expected = ("gateway", "running", "42", "1:01:05", "8000", "ready")
    assert status.row(GATEWAY, process("RUNNING", 42), "ready") == expected


@pytest.mark.parametrize(
    ("name", "shown"), [("BACKOFF", "restarting"), ("FATAL", "given up"), ("EXITED", "exited")]
)
def test_a_dead_process_has_neither(name: str, shown: str) -> None:
    expected = ("gateway", shown, "", "", "8000", "no answer")
    assert status.row(GATEWAY, process(name, 0), "no answer") == expected


def test_the_columns_are_aligned() -> None:
    assert status.table([("a", "long", "x"), ("bcd", "b", "")]) == ["a    long  x", "bcd  b"]


def test_a_stack_that_does_not_run_is_told_from_a_killed_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path)
    assert not status.status(LauncherSettings(), layout)
    assert "not running. `make up` starts it" in capsys.readouterr().out

    layout.create()
    state.State(llm="m", weights="", backend="ollama", fingerprint="f", servers="s").write(
        layout.state
    )
    assert not status.status(LauncherSettings(), layout)
    assert "was killed" in capsys.readouterr().out


def test_the_unready_dependencies_are_named() -> None:
    body = {
        "ok": False,
        "dependencies": {"redis": {"ok": False, "error": "refused"}, "nats": {"ok": True}},
    }
    assert unready(body) == "redis: refused"
    assert unready({}) == unready(None) == unready([]) == ""


def test_the_next_command_asks_the_default_model() -> None:
    command = summary.first_request(LauncherSettings(api_port=8100, model="qwen3"))
    assert command.startswith("curl -X POST http://127.0.0.1:8100/chat/ ")
    assert '"model": "qwen3"' in command


def test_another_settings_file_is_another_fingerprint(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    settings = LauncherSettings()
    first = state.fingerprint(settings, env)
    env.write_text("LOG_LEVEL=debug")
    assert state.fingerprint(settings, env) != first
    assert state.fingerprint(LauncherSettings(model="x"), env) != state.fingerprint(settings, env)


def test_a_state_of_another_version_is_none(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert state.read(path) is None
    path.write_text('{"other": 1}')
    assert state.read(path) is None
    assert state.weights(path) is None


def test_a_long_path_has_its_socket_elsewhere(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("x" * SOCKET_PATH_LIMIT))
    layout.create()
    folder = layout.socket.parent
    assert len(str(layout.socket)) < SOCKET_PATH_LIMIT
    assert folder.stat().st_mode & 0o777 == 0o700

    layout.clear_run()

    assert not folder.exists()
    assert not any(path.is_file() for path in layout.run.iterdir())
