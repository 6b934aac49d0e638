"""The example subscriber does what its docstring says."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.support.pipeline import Pipeline
from tests.support.servers import Running

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


async def test_the_example_prints_each_turn(pipeline: Pipeline, nats_server: Running) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "examples" / "subscriber.py"),
        nats_server.url,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(15):
            assert await process.stdout.readline() == b"listening\n"
            turn_id = (await pipeline.ask("a secret")).json()["turn_id"]
            line = (await process.stdout.readline()).decode()
        assert line.startswith(f"{turn_id} completed llama3.2: ")
        assert "secret" not in line
    finally:
        process.terminate()
        await process.wait()
