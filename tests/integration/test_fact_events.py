"""A client is told at once what changes in its user's facts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from shared.auth import issue_token
from shared.contracts.ids import new_id
from tests.integration.test_bad_input import problem
from tests.support.facts import FACTS, ME, stated
from tests.support.followers import one_more_gateway
from tests.support.pipeline import SECRET, Pipeline, sse

pytestmark = pytest.mark.integration

EVENTS = f"{ME}/events"


class Follower:
    """What one client hears."""

    def __init__(self, response: httpx.Response) -> None:
        self._events = sse(response)

    async def next(self) -> tuple[str, dict[str, Any]]:
        async with asyncio.timeout(10):
            return await anext(self._events)

    async def changes(self, count: int) -> list[tuple[str, str]]:
        """Return change and text of so many events."""
        heard = [await self.next() for _ in range(count)]
        assert {event for event, _ in heard} == {"fact"}
        return [(data["change"], data["text"]) for _, data in heard]


@asynccontextmanager
async def following(
    client: httpx.AsyncClient, path: str = EVENTS, **more: Any
) -> AsyncIterator[Follower]:
    async with client.stream("GET", path, **more) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Follower(response)


async def test_every_change_is_told_as_it_happens(pipeline: Pipeline) -> None:
    client = pipeline.client
    async with following(client) as follower:
        old = await stated(client, "Works at IKEA", predicate="employer", value="IKEA")
        event, data = await follower.next()
        assert event == "fact"
        assert data == {
            "change": "learnt",
            "fact_id": old["id"],
            "status": "active",
            "predicate": "employer",
            "text": "Works at IKEA",
        }
        new = await stated(client, "Works at Philips", predicate="employer", value="Philips")
        assert sorted(await follower.changes(2)) == [
            ("learnt", "Works at Philips"),
            ("superseded", "Works at IKEA"),
        ]
        await client.delete(f"{FACTS}/{new['id']}")
        assert await follower.changes(1) == [("retracted", "Works at Philips")]
        await client.post(f"{FACTS}/{new['id']}/restore")
        assert await follower.changes(1) == [("learnt", "Works at Philips")]
        await client.delete(f"{FACTS}/{new['id']}", params={"erase": True})
        heard = [(await follower.next())[1] for _ in range(2)]
        # As if it had never been said.
        assert {(one["change"], one["fact_id"]) for one in heard} == {
            ("erased", new["id"]),
            ("learnt", old["id"]),
        }


async def test_several_followers_hear_their_own_user_alone(pipeline: Pipeline) -> None:
    client = pipeline.client
    user = (await client.get("/auth/me")).json()["user_id"]
    other = {"user-agent": new_id()}
    token = issue_token(SECRET, user="root", admin=True)
    admin = {"authorization": f"Bearer {token}"}
    async with (
        following(client) as one,
        following(client) as two,
        following(client, f"/memory/user/{user}/events", headers=admin) as three,
        following(client, headers=other) as stranger,
    ):
        await stated(client, "Likes tea")
        for follower in (one, two, three):
            assert await follower.changes(1) == [("learnt", "Likes tea")]
        response = await client.post(FACTS, json={"text": "Likes mate"}, headers=other)
        assert response.status_code == 201
        assert await stranger.changes(1) == [("learnt", "Likes mate")]
    problem(await client.get(f"/memory/user/{user}/events", headers=other), 403)


async def test_a_follower_that_has_left_leaves_the_others_their_events(pipeline: Pipeline) -> None:
    client = pipeline.client
    async with following(client) as stays:
        for _ in range(5):
            async with following(client):
                pass
        await stated(client, "Likes tea")
        assert await stays.changes(1) == [("learnt", "Likes tea")]


async def test_a_silent_stream_shows_that_it_lives(pipeline: Pipeline) -> None:
    async with (
        one_more_gateway(pipeline, sse_comment_s=0.05) as (_, client),
        client.stream("GET", EVENTS) as response,
    ):
        comments = 0
        async for line in response.aiter_lines():
            comments += line.startswith(": still listening")
            if comments == 3:
                break
        assert comments == 3


async def test_it_ends_when_the_gateway_stops(pipeline: Pipeline) -> None:
    async with one_more_gateway(pipeline) as (service, client):
        async with client.stream("GET", EVENTS) as response:
            lines = response.aiter_lines()
            assert await anext(lines) == ": listening"
            stopping = asyncio.create_task(service.stop())
            async with asyncio.timeout(10):
                rest = [line async for line in lines]
            await stopping
        assert any("the gateway stops" in line for line in rest)
