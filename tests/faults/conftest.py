"""One system for all faults; each test has its own part of the points, and one end for all."""

from collections.abc import AsyncIterator

import pytest

from tests.support.faults.system import System, running_system


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("faults")) as running:
        await running.learn_points()
        yield running
