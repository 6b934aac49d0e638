"""NATS, Redis, PostgreSQL and the LLM away, alone and in pairs: all comes back by itself."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest

from tests.support.faults.system import System, running_system

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

SERVERS = ("nats", "redis", "postgres", "llm")
AWAY_S = 1.0


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("servers")) as running:
        await running.wave()
        yield running


@pytest.mark.parametrize(
    "names",
    [*((name,) for name in SERVERS), *itertools.combinations(SERVERS, 2)],
    ids="+".join,
)
async def test_a_server_away_in_the_middle_of_turns(system: System, names: tuple[str, ...]) -> None:
    mark = system.mark()
    system.new_users()
    before = asyncio.create_task(system.wave())
    await asyncio.sleep(0.15)
    async with system.outage(*names):
        during = asyncio.create_task(system.wave())
        await asyncio.sleep(AWAY_S)
    await asyncio.gather(before, during)
    after = await system.wave()
    assert all(asked.has("told") or asked.has("left") for asked in after)
    violations = await system.verdict(mark)
    if violations:
        pytest.fail(system.report(violations, mark), pytrace=False)
    services = [m for name, m in system.fleet.members.items() if name != "llm"]
    assert {member.starts for member in services} == {1}, system.fleet.ends
