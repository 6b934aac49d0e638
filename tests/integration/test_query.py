"""Searching in what is remembered, through the real gateway, the writers and their stores."""

import asyncio
from datetime import timedelta
from typing import Any

import nats
import pytest

from shared.auth import issue_token
from shared.contracts.ids import new_id
from shared.contracts.memory import SystemMemoryChanged
from shared.contracts.parts import utcnow
from shared.contracts.subjects import SYSTEM_CHANGED
from tests.integration.test_bad_input import problem
from tests.support.facts import FACTS, ME, found, known, stated, texts
from tests.support.pipeline import SECRET, Pipeline

pytestmark = pytest.mark.integration

QUERY = "/memory/query"
RESULT_FIELDS = {
    *("kind", "id", "message_id", "conversation_id", "user_id", "role", "text", "time", "score"),
    *("signals", "status", "tags", "priority"),
}


async def somebody(pipeline: Pipeline) -> None:
    """State some facts, so that a question has to choose among them."""
    for text, predicate, value in (
        ("Works at IKEA", "employer", "IKEA"),
        ("Is a nurse", "occupation", "nurse"),
        ("Lives in Porto", "lives_in", "Porto"),
        ("Has a pet: dog Rusty", "has_pet", "dog Rusty"),
        ("Likes running", "likes", "running"),
        ("Говорит по-татарски", "speaks", "татарский"),
        ("Uses a Samsung", "uses", "Samsung"),
    ):
        await stated(pipeline.client, text, predicate=predicate, value=value)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who is my employer?", "Works at IKEA"),
        ("Where do I live?", "Lives in Porto"),
        ("What's my dog called?", "Has a pet: dog Rusty"),
        ("How do I feel about running?", "Likes running"),
        ("Какие языки я знаю?", "Говорит по-татарски"),
        ("в какой компании я работаю", "Works at IKEA"),
        ("Rusty", "Has a pet: dog Rusty"),
    ],
)
async def test_a_question_finds_the_fact_that_answers_it(
    pipeline: Pipeline, question: str, answer: str
) -> None:
    await somebody(pipeline)
    best = (await found(pipeline.client, question, memory_type="fact"))[0]
    assert best["text"] == answer
    assert set(best) >= RESULT_FIELDS
    assert (best["kind"], best["status"]) == ("fact", "active")


async def test_the_answer_says_how_much_there_is(pipeline: Pipeline) -> None:
    client = pipeline.client
    for number in range(15):
        value = f"tea {number}"
        await stated(client, f"Likes {value}", predicate="likes", value=value)
    response = await client.post(QUERY, json={"query": "tea", "memory_type": "fact"})
    body = response.json()
    assert (len(body["results"]), body["total"], body["degraded"]) == (10, 15, [])
    assert body["took_ms"] > 0
    scores = [one["score"] for one in body["results"]]
    assert scores == sorted(scores, reverse=True)
    assert len(await found(client, "tea", memory_type="fact", limit=10**9)) == 15
    assert len(await found(client, "tea", memory_type="fact", limit=3)) == 3
    # "Likes tea 0" has 11 characters: 3 tokens.
    assert len(await found(client, "tea", memory_type="fact", max_tokens=8)) == 2
    assert await found(client, "tea", memory_type="fact", max_tokens=2) == []


async def test_what_holds_no_longer_comes_when_asked_for_and_last(pipeline: Pipeline) -> None:
    client = pipeline.client
    old = await stated(client, "Works at IKEA", predicate="employer", value="IKEA")
    before = utcnow()
    new = await stated(client, "Works at Philips", predicate="employer", value="Philips")
    await stated(client, "Once wrote about IKEA", predicate="wrote", value="about IKEA")
    question = "Do I work at IKEA?"
    results = await found(client, question, memory_type="fact", include_superseded=True)
    assert [one["status"] for one in results] == ["active", "active", "superseded"]
    assert results[-1]["id"] == old["id"]
    assert results[-1]["score"] < results[-2]["score"]
    assert old["id"] not in [one["id"] for one in await found(client, question)]
    then = await found(client, question, memory_type="fact", as_of=before.isoformat())
    assert [(one["id"], one["status"]) for one in then] == [(old["id"], "active")]
    wrong = await client.delete(f"{FACTS}/{new['id']}")
    assert wrong.status_code == 200
    assert new["id"] not in [one["id"] for one in await found(client, "Philips")]


async def test_what_has_expired_comes_only_when_asked_for(pipeline: Pipeline) -> None:
    client = pipeline.client
    await stated(client, "Likes tea", predicate="likes", value="tea", ttl_seconds=1)
    await stated(client, "Likes tea pots", predicate="likes", value="tea pots")
    soon = utcnow() + timedelta(seconds=1)
    while utcnow() <= soon:
        await known(client)
    assert texts(await found(client, "tea", memory_type="fact")) == ["Likes tea pots"]
    every = await found(client, "tea", memory_type="fact", include_expired=True)
    assert sorted(texts(every)) == ["Likes tea", "Likes tea pots"]


async def test_every_filter_works(pipeline: Pipeline) -> None:
    client = pipeline.client
    await stated(client, "Likes tea", tags=["a", "b"], priority="high")
    middle = utcnow().isoformat()
    await stated(client, "Likes green tea a lot", predicate="drinks", value="x", tags=["b"])
    fact = {"memory_type": "fact"}
    assert texts(await found(client, "tea", tags=["a", "b"], **fact)) == ["Likes tea"]
    assert len(await found(client, "tea", tags=["b"], **fact)) == 2
    assert await found(client, "tea", tags=["c"], **fact) == []
    assert texts(await found(client, "tea", priority="high", **fact)) == ["Likes tea"]
    assert texts(await found(client, "tea", until=middle, **fact)) == ["Likes tea"]
    assert texts(await found(client, "tea", since=middle, **fact)) == ["Likes green tea a lot"]
    assert await found(client, "tea", conversation_id="c", **fact) == []
    assert await found(client, "tea", memory_type="system") == []


async def test_without_a_query_the_newest_come_first(pipeline: Pipeline) -> None:
    client = pipeline.client
    for name in ("one", "two", "three"):
        await stated(client, f"Likes {name}", predicate="likes", value=name)
    for query in (None, "", "  "):
        results = await found(client, query, memory_type="fact")
        assert texts(results) == ["Likes three", "Likes two", "Likes one"]


@pytest.mark.parametrize(
    "query", ["the of and", "?!", "🦊", '"', "a AND (b", "' OR 1=1 --", "x" * 9_999]
)
async def test_an_odd_query_finds_nothing_and_breaks_nothing(
    pipeline: Pipeline, query: str
) -> None:
    await stated(pipeline.client, "Likes tea")
    assert await found(pipeline.client, query) == []


async def test_preferences_are_found_once(pipeline: Pipeline) -> None:
    client = pipeline.client
    await client.put(f"{ME}/preferences", json={"language": "ru", "favourite_color": "teal"})
    await stated(client, "Answer briefly", predicate="length", value="short answers")
    [colour] = await found(client, "teal")
    assert (colour["kind"], colour["id"], colour["text"]) == (
        "user",
        "favourite_color",
        "favourite_color: teal",
    )
    results = await found(client, "How long should your answers be?")
    assert [(one["kind"], one["text"]) for one in results][:1] == [("fact", "Answer briefly")]
    assert "length" not in [one["id"] for one in results]
    mine = await found(client, None, memory_type="user")
    assert {one["id"] for one in mine} == {"language", "favourite_color", "length"}


async def test_the_systems_memory_is_found_by_everybody(pipeline: Pipeline) -> None:
    client, word = pipeline.client, f"gallium{new_id()}"
    connection = await nats.connect(pipeline.environment["nats_url"])
    event = SystemMemoryChanged(
        system_key=f"rules-{word}",
        value={"heating": f"{word} in the cellar"},
        tags=("house",),
        priority="high",
    )
    subject = SYSTEM_CHANGED.at(event.user_id)
    await connection.jetstream().publish(subject, event.model_dump_json().encode())
    await stated(client, f"Likes {word}", predicate="likes", value=word)
    async with asyncio.timeout(10):
        while not (results := await found(client, word, memory_type="system")):
            await asyncio.sleep(0.02)
    [one] = results
    wanted = {"kind": "system", "id": event.system_key, "user_id": "_system", "tags": ["house"]}
    assert {key: one[key] for key in wanted} == wanted
    assert f"{word} in the cellar" in one["text"]
    assert {one["kind"] for one in await found(client, word)} == {"fact", "system"}
    early = (event.at - timedelta(hours=1)).isoformat()
    assert await found(client, word, as_of=early) == []
    gone = SystemMemoryChanged(system_key=event.system_key, removed=True)
    await connection.jetstream().publish(subject, gone.model_dump_json().encode())
    await connection.close()
    async with asyncio.timeout(10):
        while await found(client, word, memory_type="system"):
            await asyncio.sleep(0.02)


async def test_what_is_searched_in_a_lesser_form_is_said(pipeline: Pipeline) -> None:
    """Nothing makes vectors in this pipeline."""

    async def degraded(**body: Any) -> tuple[list[str], int]:
        response = await pipeline.client.post(QUERY, json={"query": "tea", **body})
        return response.json()["degraded"], len(response.json()["results"])

    await stated(pipeline.client, "Likes tea")
    assert await degraded(memory_type="conversation") == (["embedder"], 0)
    assert await degraded(memory_type="conversation", mode="semantic") == (["embedder"], 0)
    assert await degraded(memory_type="conversation", mode="keyword") == ([], 0)
    assert await degraded(memory_type="fact", mode="semantic") == (["semantic"], 1)
    assert await degraded(memory_type="fact", mode="keyword") == ([], 1)
    assert await degraded() == (["embedder"], 1)
    assert await degraded(mode="semantic") == (["embedder", "semantic"], 1)


async def test_nobody_finds_what_is_not_theirs(pipeline: Pipeline) -> None:
    client = pipeline.client
    user = (await client.get("/auth/me")).json()["user_id"]
    await stated(client, "Likes zirconium")
    assert len(await found(client, "zirconium", user_id=user)) == 1
    assert len(await found(client, "zirconium", user_id="me")) == 1
    token = issue_token(SECRET, user="root", admin=True)
    headers = {"authorization": f"Bearer {token}"}
    body = {"query": "zirconium", "user_id": user}
    response = await client.post(QUERY, json=body, headers=headers)
    assert texts(response.json()["results"]) == ["Likes zirconium"]
    response = await client.post(QUERY, json={"query": "zirconium"}, headers=headers)
    assert response.json()["results"] == []
    problem(await client.post(QUERY, json={**body, "user_id": "a b"}, headers=headers), 404)
    client.headers["user-agent"] = new_id()
    problem(await client.post(QUERY, json=body), 403)
    assert await found(client, "zirconium") == []


@pytest.mark.parametrize(
    "body",
    [
        {"query": "x" * 10_001},
        {"query": "x" * 1_000_000},
        {"query": 5},
        {"query": ["x"]},
        {"memory_type": "secret"},
        {"mode": "psychic"},
        {"tags": ["t"] * 10_000},
        {"tags": "t"},
        {"priority": "urgent"},
        {"since": "yesterday"},
        {"until": "2026-01-01T00:00:00"},
        {"as_of": "9999-12-31T23:59:59Z"},
        {"limit": 0},
        {"limit": -1},
        {"limit": "many"},
        {"max_tokens": 0},
        {"include_superseded": "perhaps"},
        {"user_id": ""},
    ],
)
async def test_a_wrong_query_is_a_422(pipeline: Pipeline, body: dict[str, Any]) -> None:
    problem(await pipeline.client.post(QUERY, json=body), 422)


async def test_a_query_larger_than_a_body_may_be_is_a_413(pipeline: Pipeline) -> None:
    problem(await pipeline.client.post(QUERY, json={"query": "x" * 1_100_000}), 413)
