"""Frames on their way to slow clients: bounded, and never without the end."""

import asyncio
import gc

from services.gateway.relay import QUEUE_CHARS, QUEUE_SIZE, Frames, Relay
from shared.contracts.events import TokenStreamed
from shared.contracts.parts import Outcome

END = TokenStreamed(attempt=1, index=9, outcome=Outcome(status="completed", model="m"))


def token(index: int, text: str = "x") -> TokenStreamed:
    return TokenStreamed(attempt=1, index=index, text=text)


async def test_what_came_together_is_taken_together() -> None:
    frames = Frames()
    frames.put(token(0))
    frames.put(token(1))
    assert [frame.index for frame in await frames.take()] == [0, 1]
    taking = asyncio.create_task(frames.take())
    await asyncio.sleep(0)
    frames.put(END)
    assert await taking == [END]


async def test_a_slow_reader_loses_tokens_but_never_the_end() -> None:
    frames = Frames()
    for index in range(QUEUE_SIZE + 100):
        frames.put(token(index))
    frames.put(END)
    taken = await frames.take()
    assert len(taken) == QUEUE_SIZE
    assert taken[-1] == END


async def test_long_frames_are_bounded_too() -> None:
    frames = Frames()
    for index in range(50):
        frames.put(token(index, "x" * (QUEUE_CHARS // 10)))
    assert len(await frames.take()) == 10
    frames.put(token(0, "x" * QUEUE_CHARS))
    assert len(await frames.take()) == 1


async def test_a_turn_that_is_ended_twice_ends_once_for_its_client() -> None:
    frames = Frames()
    frames.put(END)
    frames.put(END)
    frames.put(token(0))
    assert await frames.take() == [END]


async def test_a_turn_nobody_waits_for_and_garbage_are_passed_over() -> None:
    relay = Relay("g")
    relay._on_frame("tokens.g.t1", b"{}")
    frames = relay.expect("t1")
    relay._on_frame("tokens.g.t1", b"not a frame")
    relay._on_frame("tokens.g.t2", token(0).model_dump_json().encode())
    relay._on_frame("tokens.g.t1", token(0).model_dump_json().encode())
    assert await frames.take() == [token(0)]
    del frames
    assert not relay._groups


async def test_several_follow_one_turn_each_at_its_own_pace() -> None:
    relay = Relay("g")
    first, second = relay.expect("t"), relay.expect("t")
    relay._on_frame("tokens.g.t", token(0).model_dump_json().encode())
    assert await first.take() == [token(0)]
    relay._on_frame("tokens.g.t", token(1).model_dump_json().encode())
    assert await second.take() == [token(0), token(1)]
    del second
    gc.collect()
    relay._on_frame("tokens.g.t", END.model_dump_json().encode())
    assert await first.take() == [token(1), END]
    del first
    gc.collect()
    assert not relay._groups
