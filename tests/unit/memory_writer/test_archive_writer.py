"""Events that come together share a transaction, and fail alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from services.memory_writer.archive_writer import MAX_BATCH, ArchiveWriter
from shared.failures import DependencyDownError
from shared.memory.recorder import Entry, Recorder
from tests.support.samples import message_added

DOWN = DependencyDownError("away", dependency="postgres")


class FakeRecorder:
    """Keeps the batches; `poison` is the sequence that cannot be written."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.poison: int | None = None
        self.forgotten: set[int] = set()
        self.down = False
        self.open = asyncio.Event()
        self.open.set()

    async def apply(self, entries: Sequence[Entry]) -> list[bool]:
        sequences = [entry.sequence for entry in entries]
        await self.open.wait()
        if self.down:
            raise DOWN
        if self.poison in sequences:
            msg = "cannot be written"
            raise ValueError(msg)
        self.batches.append(sequences)
        return [sequence not in self.forgotten for sequence in sequences]


@asynccontextmanager
async def writing(recorder: FakeRecorder) -> AsyncIterator[ArchiveWriter]:
    writer = ArchiveWriter(cast("Recorder", recorder))
    await writer.start()
    yield writer
    await writer.stop()


async def apply(writer: ArchiveWriter, *sequences: int) -> list[bool | BaseException]:
    event = message_added()
    return await asyncio.gather(
        *(writer.apply(event, sequence=sequence) for sequence in sequences),
        return_exceptions=True,
    )


async def test_what_comes_together_is_one_transaction() -> None:
    recorder = FakeRecorder()
    async with writing(recorder) as writer:
        recorder.open.clear()
        first = asyncio.create_task(apply(writer, 0))
        await asyncio.sleep(0.01)
        rest = asyncio.create_task(apply(writer, *range(1, 400)))
        await asyncio.sleep(0.01)
        recorder.open.set()
        assert all([*await first, *await rest])
    assert recorder.batches[0] == [0]
    assert [len(batch) for batch in recorder.batches[1:]] == [MAX_BATCH, 399 - MAX_BATCH]
    assert sorted(n for batch in recorder.batches for n in batch) == list(range(400))


async def test_an_event_that_cannot_be_written_fails_alone() -> None:
    recorder = FakeRecorder()
    recorder.poison = 2
    async with writing(recorder) as writer:
        found = await apply(writer, 1, 2, 3)
    assert (found[0], found[2]) == (True, True)
    assert isinstance(found[1], ValueError)
    assert recorder.batches == [[1], [3]]


async def test_what_was_forgotten_is_told_to_whoever_brought_it() -> None:
    recorder = FakeRecorder()
    recorder.forgotten = {2}
    async with writing(recorder) as writer:
        assert await apply(writer, 1, 2, 3) == [True, False, True]


async def test_an_outage_is_told_to_all_and_they_may_come_again() -> None:
    recorder = FakeRecorder()
    async with writing(recorder) as writer:
        recorder.down = True
        assert await apply(writer, 1, 2, 3) == [DOWN] * 3
        recorder.down = False
        assert await apply(writer, 1, 2, 3) == [True] * 3


async def test_whoever_has_gone_is_left_out() -> None:
    recorder = FakeRecorder()
    async with writing(recorder) as writer:
        recorder.open.clear()
        first = asyncio.create_task(apply(writer, 1))
        await asyncio.sleep(0.01)
        gone = asyncio.create_task(writer.apply(message_added(), sequence=2))
        stays = asyncio.create_task(apply(writer, 3))
        await asyncio.sleep(0.01)
        gone.cancel()
        recorder.open.set()
        await first
        assert await stays == [True]
    assert recorder.batches == [[1], [3]]


async def test_a_stop_acks_nothing_that_was_not_committed() -> None:
    recorder = FakeRecorder()
    recorder.open.clear()
    async with writing(recorder) as writer:
        waiting = asyncio.create_task(writer.apply(message_added(), sequence=1))
        await asyncio.sleep(0.01)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert recorder.batches == []
