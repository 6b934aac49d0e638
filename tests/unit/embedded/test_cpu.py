"""The processor's features, as /proc/cpuinfo tells them."""

from pathlib import Path

import pytest

from deploy.embedded import cpu
from deploy.embedded.failure import StackError

MODERN = "processor\t: 0\nflags\t\t: fpu sse avx avx2 fma f16c\nbugs\t\t: none\n"
OLD = "processor\t: 0\nflags\t\t: fpu sse avx avx2x\n"


def test_the_features_are_read() -> None:
    assert cpu.features(MODERN) == {"fpu", "sse", "avx", "avx2", "fma", "f16c"}


def test_what_is_missing_is_told() -> None:
    assert cpu.missing_features(MODERN) == []
    assert cpu.missing_features(OLD) == ["avx2", "fma", "f16c"]
    assert cpu.missing_features("") == []


def test_an_old_processor_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(OLD)
    monkeypatch.setattr(cpu, "CPUINFO", cpuinfo)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    with pytest.raises(StackError, match=r"lacks avx2.*Ollama.*LLM_BACKEND=openai"):
        cpu.require_engine_features()


def test_another_architecture_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    cpu.require_engine_features()
