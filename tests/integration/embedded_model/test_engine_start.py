"""The engine's own checks, without the library."""

import os
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.embedded import cpu, engine
from deploy.embedded.engine import EngineError
from shared.llm.naming import DEMONSTRATION_MODEL
from tests.support.llm_calls import free_port


def run(monkeypatch: pytest.MonkeyPatch, model: Path, port: int) -> int:
    monkeypatch.setattr("sys.argv", ["engine", "--model", str(model), "--port", str(port)])
    with pytest.raises(SystemExit) as caught:
        engine.main()
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_an_old_processor_is_told_before_the_library_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("flags\t\t: fpu sse4_2 avx\n", encoding="ascii")
    monkeypatch.setattr(cpu, "CPUINFO", cpuinfo)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    assert run(monkeypatch, tmp_path / "m.gguf", free_port()) == os.EX_UNAVAILABLE
    assert "avx2" in capsys.readouterr().err.lower()


def test_a_missing_model_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engine, "require_engine_features", lambda: None)
    assert run(monkeypatch, tmp_path / "no.gguf", free_port()) == os.EX_NOINPUT
    assert "python -m deploy.embedded.model" in capsys.readouterr().err


def test_a_taken_port_names_the_setting(tmp_path: Path) -> None:
    model = tmp_path / "m.gguf"
    model.touch()
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(EngineError, match="ENGINE_PORT") as caught,
    ):
        engine.check_start(model, listener.getsockname()[1])
    assert caught.value.exit_code == os.EX_OSERR


def library() -> SimpleNamespace:
    """Stand in for xllamacpp, whose nested parameters are copies."""

    class CommonParams:
        def __init__(self) -> None:
            self.stored: dict[str, SimpleNamespace] = {}

        def __getattr__(self, name: str) -> SimpleNamespace:
            return SimpleNamespace(**vars(self.stored.get(name, SimpleNamespace())))

        def __setattr__(self, name: str, value: object) -> None:
            if isinstance(value, SimpleNamespace):
                self.stored[name] = value
            else:
                super().__setattr__(name, value)

    return SimpleNamespace(CommonParams=CommonParams)


def test_the_context_is_multiplied_by_the_slots_and_the_threads_are_set() -> None:
    params = engine.parameters(library(), model=Path("/m.gguf"), port=1, ctx=4096, slots=3)
    assert (params.n_ctx, params.n_parallel) == (3 * 4096, 3)
    assert params.stored["model"].path == "/m.gguf"
    for name in ("cpuparams", "cpuparams_batch"):
        assert 1 <= params.stored[name].n_threads <= engine.MAX_THREADS
    assert params.model_alias == {DEMONSTRATION_MODEL}


def test_nobody_else_may_look_at_prompts() -> None:
    params = engine.parameters(library(), model=Path("/m.gguf"), port=1, ctx=4096, slots=1)
    assert not params.endpoint_slots
    assert not params.ui
    assert params.cors_origins == ""
