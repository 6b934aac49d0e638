"""Health: a probe that fails, hangs or answers."""

import asyncio

import pytest

from shared.health import check


async def test_every_dependency_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.health.PROBE_TIMEOUT_S", 0.05)

    async def good() -> None:
        await asyncio.sleep(0)

    async def bad() -> None:
        msg = "connection refused"
        raise OSError(msg)

    async def hanging() -> None:
        await asyncio.sleep(60)

    health = await check("gateway", {"nats": good, "redis": bad, "llm": hanging}, notes=["n"])
    assert health.ok is False
    assert health.dependencies["nats"].ok is True
    assert health.dependencies["redis"].error == "connection refused"
    assert "no answer within" in (health.dependencies["llm"].error or "")
    assert (await check("gateway", {"nats": good})).ok is True
