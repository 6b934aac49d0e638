"""Facts by API, through the real gateway, the writers and their stores."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.gateway.dependencies import Gateway
from services.gateway.routes import facts as facts_routes
from services.memory_writer.app import create_app
from services.memory_writer.settings import MemoryWriterSettings
from shared.auth import issue_token
from shared.contracts.ids import new_id
from shared.contracts.parts import utcnow
from shared.memory.models import Fact
from shared.memory.reading import Reading
from tests.integration.test_bad_input import problem
from tests.support.facts import FACTS, ME, known, said, stated, texts
from tests.support.fake_llm import FakeLLM
from tests.support.followers import one_more_gateway
from tests.support.pipeline import SECRET, Pipeline, running_pipeline, serve
from tests.support.servers import Running

pytestmark = pytest.mark.integration

FACT_FIELDS = {
    *("id", "type", "predicate", "value", "text", "lang", "confidence", "status", "source"),
    *("extractor", "valid_from", "valid_until", "recorded_at", "superseded_by", "pinned", "tags"),
    "priority",
}


async def listed(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    response = await client.get(FACTS, params=params)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


# --- stating ---------------------------------------------------------------------------------


async def test_a_stated_fact_is_there_when_the_call_returns(pipeline: Pipeline) -> None:
    client = pipeline.client
    fact = await stated(
        client,
        "Works at IKEA",
        predicate="employer",
        value="IKEA",
        tags=["job"],
        priority="high",
        pinned=True,
        ttl_seconds=3600,
    )
    assert set(fact) >= {*FACT_FIELDS, "event_id"}
    wanted: dict[str, Any] = {
        "type": "work",
        "status": "active",
        "tags": ["job"],
        "priority": "high",
    }
    wanted |= {"value": "IKEA", "pinned": True, "lang": "en", "confidence": 1.0}
    assert {key: fact[key] for key in wanted} == wanted
    assert fact["source"] == {"message_id": None, "conversation_id": None, "quote": None}
    assert fact["expires_at"] > utcnow().isoformat()
    memory = await known(client)
    assert memory["facts"] == [{key: fact[key] for key in fact if key != "event_id"}]
    assert memory["context"] == "Works at IKEA."
    assert memory["updated_at"] >= fact["recorded_at"]


async def test_what_is_missing_is_taken_from_the_text(pipeline: Pipeline) -> None:
    client = pipeline.client
    assert (await stated(client, "Lives in Porto."))["predicate"] == "lives_in"
    russian = await stated(client, "Живёт в Казани")
    assert (russian["predicate"], russian["value"]) == ("lives_in", "Казань")
    # As if it had been said: one lives in one place.
    assert texts(await listed(client)) == ["Живёт в Казани"]
    free = await stated(client, "My boat leaks", type="tool")
    assert (free["type"], free["predicate"], free["value"]) == ("tool", "tool", "My boat leaks")
    other = await stated(client, "The sky is grey")
    assert (other["type"], other["predicate"]) == ("other", "other")
    own = await stated(client, "Owns a red kite", predicate="owns", value="red kite", type="other")
    assert (own["type"], own["predicate"], own["value"]) == ("other", "owns", "red kite")


async def test_stating_a_fact_twice_keeps_one(pipeline: Pipeline) -> None:
    first = await stated(pipeline.client, "Likes jazz", predicate="likes", value="jazz")
    again = await stated(pipeline.client, "Likes Jazz", predicate="likes", value="Jazz")
    assert again["id"] == first["id"]
    assert len(await listed(pipeline.client)) == 1


async def test_a_slow_writer_answers_202_with_the_event(pipeline: Pipeline) -> None:
    async with one_more_gateway(pipeline, visible_wait_s=0.000_001) as (_, client):
        response = await client.post(FACTS, json={"text": "Likes tea"})
        assert response.status_code in {201, 202}
        body = response.json()
        assert body["event_id"]
        await known(client)
        assert (await client.get(f"{FACTS}/{body['id']}")).json()["text"] == "Likes tea"


# --- what was said ---------------------------------------------------------------------------


async def test_a_fact_tells_where_it_comes_from(pipeline: Pipeline) -> None:
    client = pipeline.client
    message = await said(client, "Привет! Я живу в Казани. Какая там погода?", "my chat")
    [fact] = (await known(client))["facts"]
    assert (fact["predicate"], fact["value"]) == ("lives_in", "Казань")
    whole = (await client.get(f"{FACTS}/{fact['id']}")).json()
    assert whole["source"]["message_id"] == message
    assert whole["source"]["conversation_id"] == "my chat"
    assert whole["message"]["id"] == message
    assert whole["source"]["quote"] in whole["message"]["content"]
    assert [version["status"] for version in whole["versions"]] == ["active"]


async def test_a_change_of_mind_supersedes_and_keeps_the_old_one(pipeline: Pipeline) -> None:
    client = pipeline.client
    old = await stated(client, "Works at IKEA", predicate="employer", value="IKEA")
    before = utcnow()
    new = await stated(client, "Works at Philips", predicate="employer", value="Philips")
    memory = await known(client)
    assert texts(memory["facts"]) == ["Works at Philips"]
    every = (await known(client, include_superseded=True))["facts"]
    assert {fact["text"]: fact["status"] for fact in every} == {
        "Works at Philips": "active",
        "Works at IKEA": "superseded",
    }
    gone = (await client.get(f"{FACTS}/{old['id']}")).json()
    assert (gone["status"], gone["superseded_by"]) == ("superseded", new["id"])
    assert gone["valid_until"]
    then = await known(client, as_of=before.isoformat())
    assert texts(then["facts"]) == ["Works at IKEA"]
    # As somebody writes it who does not know that a plus is a space in an address.
    assert "+00:00" in before.isoformat()
    then = (await client.get(f"{ME}?as_of={before.isoformat()}")).json()
    assert texts(then["facts"]) == ["Works at IKEA"]


async def test_preferences_are_of_that_time_too(pipeline: Pipeline) -> None:
    client = pipeline.client
    await stated(client, "Answer briefly", predicate="length", value="short")
    await client.put(f"{ME}/preferences", json={"own": 1})
    before = utcnow()
    await client.put(f"{ME}/preferences", json={"length": "long", "units": "km"})
    now = {"length": "long", "own": 1, "units": "km"}
    assert (await known(client))["preferences"] == now
    then = {"length": "short", "own": 1}
    assert (await known(client, as_of=before.isoformat()))["preferences"] == then


async def test_preferences_have_one_home(pipeline: Pipeline) -> None:
    client = pipeline.client

    async def preferences() -> dict[str, Any]:
        found: dict[str, Any] = (await known(client))["preferences"]
        return found

    await said(client, "Отвечай короче")
    spoken = (await preferences())["length"]
    assert spoken
    await client.put(f"{ME}/preferences", json={"length": "long"})
    assert await preferences() == {"length": "long"}
    await said(client, "Отвечай короче", "another")
    assert await preferences() == {"length": spoken}
    await client.put(f"{ME}/preferences", json={"length": None})
    assert await preferences() == {}
    active = [fact["predicate"] for fact in (await known(client))["facts"]]
    assert "length" not in active


# --- changing --------------------------------------------------------------------------------


async def test_a_fact_is_changed_field_by_field(pipeline: Pipeline) -> None:
    client = pipeline.client
    fact = await stated(client, "Lives in Porto")
    path = f"{FACTS}/{fact['id']}"
    changes = {"pinned": True, "tags": ["home", "home"], "priority": "critical"}
    changed = (await client.patch(path, json=changes)).json()
    assert (changed["pinned"], changed["tags"], changed["priority"]) == (True, ["home"], "critical")
    assert changed["text"] == "Lives in Porto"
    changed = (await client.patch(path, json={"value": "Lisbon"})).json()
    assert (changed["value"], changed["text"], changed["id"]) == (
        "Lisbon",
        "Lives in Lisbon",
        fact["id"],
    )
    changed = (await client.patch(path, json={"text": "Dwells in Lisbon"})).json()
    assert (changed["value"], changed["text"]) == ("Lisbon", "Dwells in Lisbon")
    versions = (await client.get(path)).json()["versions"]
    assert [one["text"] for one in versions][:2] == ["Lives in Porto", "Lives in Lisbon"]


async def test_outdated_wrong_and_restored(pipeline: Pipeline) -> None:
    client = pipeline.client
    fact = await stated(client, "Likes jazz", predicate="likes", value="jazz")
    path = f"{FACTS}/{fact['id']}"
    yesterday = (utcnow() - timedelta(days=1)).isoformat()
    outdated = (await client.patch(path, json={"valid_until": yesterday})).json()
    assert outdated["status"] == "superseded"
    assert (await client.post(f"{path}/restore")).json()["status"] == "active"
    assert (await client.patch(path, json={"status": "retracted"})).json()["status"] == "retracted"
    assert (await known(client))["facts"] == []
    assert texts((await known(client, include_superseded=True))["facts"]) == ["Likes jazz"]
    assert (await client.patch(path, json={"status": "active"})).json()["status"] == "active"
    assert (await client.delete(path)).json()["status"] == "retracted"
    assert (await client.post(f"{path}/restore")).json()["status"] == "active"
    assert texts((await known(client))["facts"]) == ["Likes jazz"]


async def test_erasing_leaves_nothing_of_it(pipeline: Pipeline) -> None:
    client = pipeline.client
    await stated(client, "Likes tea", predicate="likes", value="tea")
    fact = await stated(client, "Likes zirconium", predicate="likes", value="zirconium")
    response = await client.delete(f"{FACTS}/{fact['id']}", params={"erase": True})
    assert response.status_code == 200, response.text
    receipt = response.json()
    assert receipt["fact_id"] == fact["id"]
    assert receipt["redis_keys"] + receipt["rows"] + receipt["events"] >= 2
    assert (await client.get(f"{FACTS}/{fact['id']}")).status_code == 404
    memory = (await client.get(ME, params={"include_superseded": True})).text
    assert "zirconium" not in memory
    assert "Likes tea" in memory
    assert "zirconium" not in (await client.get(f"{ME}/export")).text
    # Saying it anew is something new.
    await stated(client, "Likes zirconium", predicate="likes", value="zirconium")
    assert len(await listed(client)) == 2


async def test_a_change_does_not_outlive_a_fact_that_is_erased_meanwhile(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pipeline.client
    fact = await stated(client, "Likes jazz")
    read, seen = facts_routes._known, list[Fact]()

    async def read_once(gateway: Gateway, user_id: str, fact_id: str) -> Fact:
        if not seen:
            seen.append(await read(gateway, user_id, fact_id))
        return seen[0]

    monkeypatch.setattr(facts_routes, "_known", read_once)
    erased = await client.delete(f"{FACTS}/{fact['id']}", params={"erase": True})
    assert erased.status_code == 200
    changed = await client.patch(f"{FACTS}/{fact['id']}", json={"text": "A secret of mine"})

    problem(changed, 404)
    assert "secret" not in (await client.get(f"{ME}/export")).text


async def test_a_fact_that_is_only_missed_is_not_forgotten(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = pipeline.client
    fact = await stated(client, "Likes jazz")
    read, seen = Reading.facts, list[str]()

    async def read_once(self: Reading, user_id: str) -> list[Fact]:
        seen.append(user_id)
        return await read(self, user_id) if len(seen) == 1 else []

    with monkeypatch.context() as patch:
        patch.setattr(Reading, "facts", read_once)
        changed = await client.patch(f"{FACTS}/{fact['id']}", json={"text": "Likes free jazz"})
    assert len(seen) == 2
    assert changed.status_code == 202, changed.text
    assert texts(await listed(client)) == ["Likes free jazz"]


async def test_erasing_a_merged_fact_erases_all_of_it(pipeline: Pipeline) -> None:
    client = pipeline.client
    await said(client, "Я живу в Казани", "a")
    await said(client, "Кстати, я живу в Казани", "b")
    await stated(client, "Живёт в Казани")
    [fact] = await listed(client)
    whole = (await client.get(f"{FACTS}/{fact['id']}")).json()
    assert len(whole["sources"]) == 3
    response = await client.delete(f"{FACTS}/{fact['id']}", params={"erase": True})
    assert response.status_code == 200, response.text
    assert (await known(client, include_superseded=True))["facts"] == []


async def test_forgetting_the_message_forgets_what_rests_on_it(pipeline: Pipeline) -> None:
    client = pipeline.client
    message = await said(client, "Я живу в Казани")
    assert len(await listed(client)) == 1
    assert (await client.delete(f"/memory/conversation/c/message/{message}")).status_code == 200
    assert (await known(client, include_superseded=True))["facts"] == []


# --- asking first ----------------------------------------------------------------------------


async def test_with_the_policy_ask_a_fact_waits_for_a_yes(pipeline: Pipeline) -> None:
    client = pipeline.client
    await client.put(f"{ME}/preferences", json={"fact_policy": "ask"})
    await said(client, "Я живу в Казани")
    memory = await known(client)
    [fact] = memory["facts"]
    assert (fact["status"], memory["context"]) == ("proposed", None)
    path = f"{FACTS}/{fact['id']}"
    accepted = (await client.patch(path, json={"status": "active"})).json()
    assert accepted["status"] == "active"
    await said(client, "У меня есть собака Рекс")
    waits = await listed(client, status="proposed")
    assert len(waits) == 1
    assert (await client.delete(f"{FACTS}/{waits[0]['id']}")).json()["status"] == "retracted"
    assert texts((await known(client))["facts"]) == texts([accepted])


async def test_with_the_policy_off_nothing_is_learnt(pipeline: Pipeline) -> None:
    client = pipeline.client
    await client.put(f"{ME}/preferences", json={"fact_policy": "off"})
    await said(client, "Я живу в Казани")
    assert (await known(client, include_superseded=True))["facts"] == []
    await stated(client, "Живёт в Казани")
    assert len(await listed(client)) == 1


# --- lists and owners ------------------------------------------------------------------------


async def test_lists_are_filtered_and_paged(pipeline: Pipeline) -> None:
    client = pipeline.client
    for number in range(5):
        tags = ["even"] if number % 2 == 0 else []
        await stated(client, f"Likes {number}", predicate="likes", value=f"n{number}", tags=tags)
    home = await stated(client, "Lives in Porto")
    await client.delete(f"{FACTS}/{home['id']}")
    assert texts(await listed(client)) == [f"Likes {n}" for n in (4, 3, 2, 1, 0)]
    assert texts(await listed(client, tag="even")) == ["Likes 4", "Likes 2", "Likes 0"]
    assert texts(await listed(client, status="retracted")) == ["Lives in Porto"]
    assert texts(await listed(client, type="location")) == []
    assert len(await listed(client, status=["active", "retracted"])) == 6
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(FACTS, params=params)).json()
        seen += texts(page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"Likes {n}" for n in (4, 3, 2, 1, 0)]


async def test_nobody_reaches_another_ones_facts(pipeline: Pipeline) -> None:
    client = pipeline.client
    user = (await client.get("/auth/me")).json()["user_id"]
    fact = await stated(client, "Lives in Porto")
    other = {"user-agent": new_id()}
    path = f"{FACTS}/{fact['id']}"
    for method, query in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("DELETE", "?erase=true")):
        body = {"pinned": True} if method == "PATCH" else None
        problem(await client.request(method, path + query, headers=other, json=body), 404)
    problem(await client.post(f"{path}/restore", headers=other), 404)
    theirs = f"/memory/user/{user}/facts"
    problem(await client.get(theirs, headers=other), 403)
    problem(await client.post(theirs, headers=other, json={"text": "x"}), 403)
    token = issue_token(SECRET, user="root", admin=True)
    admin = {"authorization": f"Bearer {token}"}
    items = (await client.get(theirs, headers=admin)).json()["items"]
    assert texts(items) == ["Lives in Porto"]
    # And nothing has changed.
    assert not (await client.get(path)).json()["pinned"]


# --- pending ---------------------------------------------------------------------------------


async def test_pending_until_facts_are_there(pipeline: Pipeline) -> None:
    client = pipeline.client
    for number in range(20):
        client.headers["user-agent"] = new_id()
        body = {"role": "user", "content": f"Я живу в Казани. Дом {number}."}
        await client.post("/memory/conversation/c/message", json=body)
        assert texts((await known(client))["facts"]) == ["Живёт в Казани"]


async def test_an_incognito_turn_is_not_pending_for_long(pipeline: Pipeline) -> None:
    await pipeline.ask("Я живу в Казани", memory="off")
    memory = await known(pipeline.client, include_superseded=True)
    assert memory["facts"] == []


async def test_what_the_api_takes_and_gives_is_shown_by_example(pipeline: Pipeline) -> None:
    openapi = (await pipeline.client.get("/openapi.json")).json()
    models = openapi["components"]["schemas"]
    shown = ("FactBody", "FactChanges", "FactSaved", "FactView", "UserView")
    for model in (*shown, "QueryBody", "QueryAnswer", "ForgottenReceipt"):
        assert models[model]["examples"], model
    facts = openapi["paths"]["/memory/user/{user_id}/facts/{fact_id}"]
    assert set(facts) == {"get", "patch", "delete"}
    assert all("404" in operation["responses"] for operation in facts.values())
    stream = openapi["paths"]["/memory/user/{user_id}/events"]["get"]["responses"]["200"]
    assert "event: fact" in stream["content"]["text/event-stream"]["example"]


# --- bad input -------------------------------------------------------------------------------

BAD_FACTS: list[dict[str, Any]] = [
    {},
    {"text": ""},
    {"text": " \n"},
    {"text": None},
    {"text": "a\x00b"},
    {"text": "x" * 100_000},
    {"text": "x", "value": "y" * 100_000},
    {"text": "x", "type": "secret"},
    {"text": "x", "predicate": ""},
    {"text": "x", "predicate": "p" * 65},
    {"text": "x", "predicate": "a\nb"},
    {"text": "x", "tags": ["t"] * 10_000},
    {"text": "x", "tags": [""]},
    {"text": "x", "tags": "t"},
    {"text": "x", "priority": "urgent"},
    {"text": "x", "pinned": "perhaps"},
    {"text": "x", "ttl_seconds": -1},
    {"text": "x", "ttl_seconds": 0},
    {"text": "x", "ttl_seconds": 10**12},
]
BAD_CHANGES: list[dict[str, Any]] = [
    {},
    {"unknown": 1},
    {"text": None},
    {"text": ""},
    {"status": "proposed"},
    {"status": "superseded"},
    {"valid_until": "yesterday"},
    {"valid_until": "2026-01-01T00:00:00"},
    {"valid_until": "9999-12-31T23:59:59Z"},
    {"tags": ["t"] * 10_000},
    {"ttl_seconds": -1},
    {"ttl_seconds": 10**12},
]


async def test_a_wrong_fact_is_refused_and_nothing_is_kept(pipeline: Pipeline) -> None:
    client = pipeline.client
    for body in BAD_FACTS:
        problem(await client.post(FACTS, json=body), 422)
    too_large = {"text": "x", "tags": ["t" * 150] * 10_000}
    problem(await client.post(FACTS, json=too_large), 413)
    assert (await known(client, include_superseded=True))["facts"] == []


async def test_a_wrong_change_is_refused_and_nothing_changes(pipeline: Pipeline) -> None:
    client = pipeline.client
    fact = await stated(client, "Lives in Porto")
    path = f"{FACTS}/{fact['id']}"
    before = (await client.get(path)).json()
    for body in BAD_CHANGES:
        problem(await client.patch(path, json=body), 422)
    assert (await client.get(path)).json() == before
    for unknown in ("none", "fact_0", "x" * 300, "%00"):
        response = await client.get(f"{FACTS}/{unknown}")
        problem(response, 404 if len(unknown) < 10 and unknown != "%00" else 422)


@pytest.mark.parametrize(
    "query", ["as_of=yesterday", "as_of=2026-01-01", "as_of=9999-12-31T23:59:59Z", "as_of=1e99"]
)
async def test_a_malformed_as_of_is_a_422(pipeline: Pipeline, query: str) -> None:
    problem(await pipeline.client.get(f"{ME}?{query}"), 422)


@pytest.mark.parametrize(
    "query",
    ["cursor=x", "limit=0", "limit=100000", "status=dead", "type=secret", "cursor=MjAyNiBm"],
)
async def test_a_malformed_list_is_a_422(pipeline: Pipeline, query: str) -> None:
    problem(await pipeline.client.get(f"{FACTS}?{query}"), 422)


@pytest.mark.parametrize("policy", ["sometimes", "", True, 5])
async def test_a_policy_that_is_none_is_a_422(pipeline: Pipeline, policy: Any) -> None:
    client = pipeline.client
    response = await client.put(f"{ME}/preferences", json={"fact_policy": policy, "units": "km"})
    assert "fact_policy" in problem(response, 422)["detail"]
    assert (await known(client))["preferences"] == {}


async def test_many_facts_at_once_all_arrive(pipeline: Pipeline) -> None:
    client = pipeline.client
    bodies = [{"text": f"Likes {n}", "predicate": "likes", "value": f"v{n}"} for n in range(40)]
    responses = await asyncio.gather(*(client.post(FACTS, json=body) for body in bodies))
    assert {response.status_code for response in responses} <= {201, 202}
    await known(client)
    assert len(await listed(client, limit=100)) == 40


async def test_mine_is_pending_while_nobody_extracts_and_anothers_is_not(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, own_redis.url, fake, facts_llm="off") as pipeline:
        client, other = pipeline.client, {"user-agent": new_id()}
        await stated(client, "Likes tea", predicate="likes", value="tea")
        await known(client)
        await pipeline.services["memory_writer"].stop()
        body = {"role": "user", "content": "Я живу в Казани"}
        added = await client.post("/memory/conversation/c/message", json=body)
        assert added.status_code == 202
        for _ in range(20):
            memory = (await client.get(ME)).json()
            assert (memory["pending"], texts(memory["facts"])) == (True, ["Likes tea"])
            assert (await client.get(ME, headers=other)).json()["pending"] is False
        pipeline.services["memory_writer"] = await serve(
            create_app(MemoryWriterSettings(**pipeline.environment))
        )
        assert texts((await known(client))["facts"]) == ["Живёт в Казани", "Likes tea"]


async def test_facts_are_read_without_nats_but_nobody_says_that_all_is_there(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, own_redis.url, fake, facts_llm="off") as pipeline:
        client = pipeline.client
        await stated(client, "Likes tea", predicate="likes", value="tea")
        await known(client)
        own_nats.kill()
        memory = (await client.get(ME)).json()
        assert (memory["pending"], texts(memory["facts"])) == (True, ["Likes tea"])
        problem(await client.post(FACTS, json={"text": "Likes mate"}), 503)
        problem(await client.get(f"{ME}/events"), 503)
        own_nats.start()
        assert texts((await known(client))["facts"]) == ["Likes tea"]
