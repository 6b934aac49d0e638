"""Notices on their way to slow clients: bounded, counted, and each user's own."""

import asyncio
import gc

from services.gateway.notices import QUEUE_SIZE, Noticing
from services.gateway.routes.events import _events
from shared.contracts.memory import FactNoticed
from shared.contracts.parts import utcnow

NOW = utcnow()


def notice(number: int, user: str = "u") -> FactNoticed:
    return FactNoticed(
        at=NOW, user_id=user, fact_id=f"f{number}", status="active", text=str(number)
    )


def tell(noticing: Noticing, number: int, user: str = "u") -> None:
    noticing._on_notice(f"noticed.{user}", notice(number, user).model_dump_json().encode())


async def test_what_came_together_is_taken_together() -> None:
    noticing = Noticing()
    notices = noticing.follow("u")
    tell(noticing, 1)
    tell(noticing, 2)
    tell(noticing, 3, user="somebody-else")
    assert await notices.take(timeout_s=1) == ([notice(1), notice(2)], 0)
    taking = asyncio.create_task(notices.take(timeout_s=1))
    await asyncio.sleep(0)
    tell(noticing, 4)
    assert await taking == ([notice(4)], 0)
    assert await notices.take(timeout_s=0.001) == ([], 0)


async def test_a_slow_reader_is_told_how_much_it_has_missed() -> None:
    noticing = Noticing()
    notices = noticing.follow("u")
    for number in range(QUEUE_SIZE + 7):
        tell(noticing, number)
    chunks = _events(notices, 15.0)
    assert await anext(chunks) == b": listening\n\n"
    told = (await anext(chunks)).decode().split("\n\n")
    assert told[0] == 'event: missed\ndata: {"count":7}'
    facts = [one for one in told if one.startswith("event: fact\n")]
    assert len(facts) == QUEUE_SIZE
    # The newest are there: they say how things stand.
    assert f'"fact_id":"f{QUEUE_SIZE + 6}"' in facts[-1]
    await chunks.aclose()


async def test_who_has_left_holds_nothing_and_garbage_is_passed_over() -> None:
    noticing = Noticing()
    notices = noticing.follow("u")
    noticing._on_notice("noticed.u", b"not a notice")
    tell(noticing, 1)
    assert await notices.take(timeout_s=1) == ([notice(1)], 0)
    del notices
    gc.collect()
    tell(noticing, 2)
    kept = noticing.follow("v")
    assert list(noticing._followers) == ["v"]
    del kept
