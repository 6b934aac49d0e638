"""Following a turn: late, again, from several places, from another gateway, and after its end."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from services.gateway.app import create_app as create_gateway
from services.gateway.settings import GatewaySettings
from services.inference.app import create_app as create_inference
from services.inference.settings import InferenceSettings
from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.followers import Heard, heard, one_more_gateway, text_of
from tests.support.pipeline import Pipeline, running_pipeline, serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration

WORDS = [f"w{n} " for n in range(40)]
ANSWER = "".join(WORDS)


async def follow(
    client: httpx.AsyncClient, location: str, *, after: str = "", only: int = 10_000
) -> list[Heard]:
    """Follow a turn to its end, or until as many events were heard."""
    headers = {"last-event-id": after} if after else {}
    events = []
    async with client.stream("GET", f"{location}/events", headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        async for one in heard(response):
            events.append(one)
            if len(events) == only:
                break
    return events


async def begun(pipeline: Pipeline, *, delay_ms: float = 10, pieces: int = 5) -> str:
    """Ask for the long answer; returns where the turn is, once it is being generated."""
    pipeline.fake.script(chunks=WORDS, delay_ms=delay_ms)
    asked = await pipeline.ask("tell", headers={"prefer": "respond-async"})
    await pipeline.fake.until(
        lambda: pipeline.fake.generations() and pipeline.fake.generations()[-1].pieces >= pieces
    )
    return str(asked.headers["location"])


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(10):
        while (await client.get("/health/ready")).status_code != 200:
            await asyncio.sleep(0.05)


async def ended(client: httpx.AsyncClient, location: str) -> dict[str, Any]:
    async with asyncio.timeout(10):
        while (turn := (await client.get(location)).json())["status"] in {"queued", "running"}:
            await asyncio.sleep(0.01)
    found: dict[str, Any] = turn
    return found


async def test_a_late_follower_gets_all_of_the_answer_live(pipeline: Pipeline) -> None:
    location = await begun(pipeline)
    events = await follow(pipeline.client, location)
    assert [one.event for one in (events[0], events[-1])] == ["start", "done"]
    assert location.endswith(events[0].data["turn_id"])
    assert text_of(events) == events[-1].data["reply"]["content"] == ANSWER
    # What was said before came at once, the rest as it was generated.
    assert events[1].data["text"].startswith("w0 w1 w2 ")
    assert len(events) > 10
    assert [one.event for one in events].count("reset") == 0


async def test_a_stream_goes_on_where_it_was_left(pipeline: Pipeline) -> None:
    location = await begun(pipeline)
    events: list[Heard] = []
    last = ""
    while not events or events[-1].event != "done":
        events += await follow(pipeline.client, location, after=last, only=6)
        last = events[-1].event_id
    assert text_of(events) == ANSWER
    assert [one.event for one in events].count("start") == 1
    assert [one.event for one in events].count("reset") == 0


async def test_the_asker_may_break_off_and_follow_later(pipeline: Pipeline) -> None:
    pipeline.fake.script(chunks=WORDS, delay_ms=10)
    headers = {"idempotency-key": new_id()}
    body = {"prompt": "x", "stream": True}
    events = []
    async with pipeline.client.stream("POST", "/chat/", json=body, headers=headers) as response:
        async for one in heard(response):
            events.append(one)
            if len(events) == 8:
                break
    location = f"/chat/turns/{events[0].data['turn_id']}"
    events += await follow(pipeline.client, location, after=events[-1].event_id)
    assert text_of(events) == events[-1].data["reply"]["content"] == ANSWER
    assert len(pipeline.fake.generations()) == 1


async def test_several_follow_one_turn_and_leave_without_stopping_it(pipeline: Pipeline) -> None:
    location = await begun(pipeline)
    left, *stayed = await asyncio.gather(
        follow(pipeline.client, location, only=3),
        follow(pipeline.client, location),
        follow(pipeline.client, location, after="start"),
    )
    assert len(left) == 3
    for events in stayed:
        assert text_of(events) == events[-1].data["reply"]["content"] == ANSWER
    assert (await pipeline.client.get(location)).json()["status"] == "completed"


async def test_an_ended_turn_can_be_heard_again_from_anywhere(pipeline: Pipeline) -> None:
    location = await begun(pipeline, delay_ms=0)
    await ended(pipeline.client, location)
    whole = await follow(pipeline.client, location)
    assert [one.event for one in whole] == ["start", "token", "done"]
    assert [one.event_id for one in whole] == ["start", f"1-{len(ANSWER)}", "done"]
    rest = await follow(pipeline.client, location, after="1-7")
    assert [one.data.get("text") for one in rest] == [ANSWER[7:], None]
    for at_the_end in (f"1-{len(ANSWER)}", "done"):
        last = await follow(pipeline.client, location, after=at_the_end)
        assert [one.event for one in last] == ["done"]
    for unknown in ("nonsense", "9-3", "1-x", "1-" + "9" * 400):
        assert await follow(pipeline.client, location, after=unknown) == whole
    beyond = await follow(pipeline.client, location, after="1-99999")
    assert [one.event for one in beyond] == ["reset", "token", "done"]
    reloaded = await pipeline.client.get(f"{location}/events?last_event_id=1-7")
    assert f'"text": "{ANSWER[7:]}"' in reloaded.text


async def test_a_failed_turn_ends_with_its_error_as_often_as_it_is_asked(
    pipeline: Pipeline,
) -> None:
    asked = await pipeline.ask("x", model="nope", headers={"prefer": "respond-async"})
    for after, names in (("", ["start", "error"]), ("error", ["error"]), ("1-3", ["error"])):
        events = await follow(pipeline.client, asked.headers["location"], after=after)
        if after != "1-3":
            assert [one.event for one in events] == names
        assert events[-1].data["status"] == 404
        assert events[-1].data["turn_id"]


async def test_a_queued_turn_can_be_followed_before_it_begins(pipeline: Pipeline) -> None:
    first = await begun(pipeline)
    pipeline.fake.script(text="the second")
    asked = await pipeline.ask("x", headers={"prefer": "respond-async"})
    events = await follow(pipeline.client, asked.headers["location"])
    assert text_of(events) == "the second"
    assert (await ended(pipeline.client, first))["status"] == "completed"


async def test_a_turn_of_another_user_cannot_be_followed(pipeline: Pipeline) -> None:
    location = await begun(pipeline, delay_ms=0)
    for path in (f"{location}/events", "/chat/turns/none/events"):
        response = await pipeline.client.get(path, headers={"user-agent": "another"})
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"


# --- gateways that come and go --------------------------------------------------------------


async def test_another_gateway_knows_the_turn_too(pipeline: Pipeline) -> None:
    location = await begun(pipeline)
    async with one_more_gateway(pipeline) as (_, client):
        events, again = await asyncio.gather(
            follow(client, location), follow(client, location, after="1-2")
        )
        assert text_of(events) == events[-1].data["reply"]["content"] == ANSWER
        assert text_of(again) == ANSWER[2:]
        assert len(events) > 10


async def test_another_gateway_tells_the_end_although_nats_is_away(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, redis_server.url, fake) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        location = await begun(pipeline)
        async with one_more_gateway(pipeline) as (_, client):
            own_nats.kill()
            try:
                events = await asyncio.wait_for(follow(client, location), 15)
            finally:
                own_nats.start()
                for one in (client, pipeline.client):
                    await ready(one)
        assert text_of(events) == events[-1].data["reply"]["content"] == ANSWER


@pytest.mark.parametrize("stream", [False, True])
async def test_a_gateway_that_stops_is_no_client_that_went_away(
    pipeline: Pipeline, stream: bool
) -> None:
    pipeline.fake.script(chunks=WORDS, delay_ms=30)
    async with one_more_gateway(pipeline) as (service, client):
        body = {"prompt": "tell", "stream": stream}
        asking = asyncio.create_task(client.post("/chat/", json=body))
        await pipeline.fake.until(
            lambda: pipeline.fake.generations() and pipeline.fake.generations()[-1].pieces > 3
        )
        await service.stop()
        answer = await asking
    if stream:
        assert answer.text.splitlines()[-2].startswith(": the gateway stops; go on at /chat/turns/")
        assert "event: done" not in answer.text
        lines = answer.text.splitlines()
        turn_id = json.loads(lines[1].removeprefix("data: "))["turn_id"]
        last = [line for line in lines if line.startswith("id: ")][-1].removeprefix("id: ")
    else:
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        turn_id, last = answer.json()["turn_id"], "start"
        assert f"/chat/turns/{turn_id}" in answer.json()["detail"]
    rest = await follow(pipeline.client, f"/chat/turns/{turn_id}", after=last)
    sent = int(last.partition("-")[2] or 0)
    assert text_of(rest) == ANSWER[sent:]
    assert rest[-1].data["reply"]["content"] == ANSWER
    assert len(pipeline.fake.generations()) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_goes_away_while_the_gateway_stops_is_gone(
    pipeline: Pipeline, stream: bool
) -> None:
    pipeline.fake.script(chunks=WORDS, delay_ms=50)
    settings = GatewaySettings(**pipeline.environment)
    service = await serve(create_gateway(settings), graceful_s=5)
    async with httpx.AsyncClient(base_url=service.url, timeout=30) as client:
        body = {"prompt": "tell", "stream": stream}
        asking = asyncio.create_task(client.post("/chat/", json=body))
        await pipeline.fake.until(pipeline.fake.generations)
        stopping = asyncio.create_task(service.stop())
        await asyncio.sleep(0.05)
        asking.cancel()
        await pipeline.fake.until(lambda: pipeline.fake.generations()[-1].cancelled_at)
    await stopping


async def test_a_turn_that_is_begun_anew_resets_who_comes_back(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, redis_server.url, fake) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        location = await begun(pipeline, delay_ms=20)
        before = await follow(pipeline.client, location, only=5)
        fake.script(text="another answer")
        await pipeline.services["inference"].stop()
        pipeline.services["inference"] = await serve(
            create_inference(InferenceSettings(**pipeline.environment))
        )
        after = await follow(pipeline.client, location, after=before[-1].event_id)
        assert after[0].event == "reset"
        assert text_of(before + after) == "another answer"


async def test_without_redis_a_turn_cannot_be_looked_up(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, own_redis.url, fake, redis_timeout_s=1) as pipeline:
        location = await begun(pipeline)
        own_redis.kill()
        response = await pipeline.client.get(f"{location}/events")
        assert response.status_code == 503
        assert response.headers["retry-after"]
        own_redis.start()
        assert text_of(await follow(pipeline.client, location)) == ANSWER
