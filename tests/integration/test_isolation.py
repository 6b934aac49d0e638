"""Nobody finds what is not theirs, whatever they ask for, and however: three users, one record."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.query_schemas import LONGEST_QUERY
from shared.auth import issue_token
from shared.contracts.ids import new_id
from shared.contracts.parts import utcnow
from tests.support.facts import known, stated
from tests.support.fake_llm import FakeLLM
from tests.support.fake_vectors import EMBEDDER
from tests.support.pipeline import SECRET, running_pipeline
from tests.support.servers import Record, running_nats, running_redis

pytestmark = pytest.mark.integration

QUERY = "/memory/query"
CONVERSATIONS = ("c", "work", "работа")
BEGAN = utcnow() - timedelta(days=300)
SAID = (
    "My dog likes cheese",
    "Моя собака любит сыр",
    "The password of the router is on the fridge",
    "Я работаю в больнице, скоро отпуск",
    "На завтрак была каша, потом поезд до Казани",
    "My sister's birthday is on 12 May",
)
NAMES = ("Alphonse", "Beatrix", "Cornelius")
FACTS = ("Likes tea", "Likes cheese", "Любит шахматы", "Has a pet: dog Rusty")


@dataclass
class Somebody:
    """A user with what they have said: it names them, so that it cannot be taken for another's."""

    name: str
    agent: str = field(default_factory=new_id)
    user_id: str = ""
    messages: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)

    @property
    def headers(self) -> dict[str, str]:
        return {"user-agent": self.agent}


@dataclass
class House:
    """Three users, and a client that speaks for each of them."""

    client: httpx.AsyncClient
    people: list[Somebody]

    async def ask(self, headers: dict[str, str], body: dict[str, Any]) -> httpx.Response:
        return await self.client.post(QUERY, json=body, headers=headers)


@pytest.fixture(scope="module")
async def house(record: Record, fake_llm_server: FakeLLM) -> AsyncIterator[House]:
    fake_llm_server.reset()
    with running_nats() as nats, running_redis() as redis:
        async with running_pipeline(
            nats.url,
            redis.url,
            fake_llm_server,
            database_url=record.url,
            embed_model=EMBEDDER,
            embed_max_wait_s=10,
        ) as pipeline:
            house = House(pipeline.client, [Somebody(name) for name in NAMES])
            for person in house.people:
                await _moves_in(house, person)
            await _everything_is_indexed(house)
            yield house


async def _moves_in(house: House, person: Somebody) -> None:
    """Let somebody say and state what everybody does."""
    client = house.client
    client.headers["user-agent"] = person.agent
    person.user_id = (await client.get("/auth/me")).json()["user_id"]
    for number, text in enumerate(SAID):
        body = {
            "role": "assistant" if number % 3 == 2 else "user",
            "content": f"{text} ({person.name})",
            "time": (BEGAN + timedelta(days=30 * number)).isoformat(),
            "tags": ["a", "b"][: number % 3],
            "priority": ("low", "medium", "high")[number % 3],
        }
        where = f"/memory/conversation/{CONVERSATIONS[number % 3]}/message"
        response = await client.post(where, json=body)
        assert response.status_code == 201, response.text
        person.messages.add(response.json()["message_id"])
    for text in FACTS:
        await stated(client, f"{text} ({person.name})", predicate="likes", value=text, tags=["a"])
    # Of what was said, too, facts are made.
    person.facts |= {fact["id"] for fact in (await known(client))["facts"]}


async def _everything_is_indexed(house: House) -> None:
    """Return when each message is found by its vector: the index is filled in the background."""
    async with asyncio.timeout(60):
        for person in house.people:
            body = {"query": "dog", "memory_type": "conversation", "mode": "semantic"}
            while True:
                found = (await house.ask(person.headers, body)).json()["results"]
                if len([one for one in found if "vector" in one["signals"]]) == len(SAID):
                    break
                await asyncio.sleep(0.05)


def belongs(one: dict[str, Any], person: Somebody) -> bool:
    """Tell whether a result is somebody's own: by its owner, its id, and what it says."""
    if one["kind"] == "message":
        told = one["message_id"] in person.messages and person.name in one["text"]
    elif one["kind"] == "fact":
        told = one["id"] in person.facts
    else:
        told = one["kind"] in {"user", "system"}
    owner = "_system" if one["kind"] == "system" else person.user_id
    return bool(told) and one["user_id"] == owner


MOMENTS = st.none() | st.integers(-30, 299).map(
    lambda days: (BEGAN + timedelta(days=days)).isoformat()
)
QUERIES = st.one_of(
    st.none(),
    st.sampled_from(
        [
            *SAID,
            *FACTS,
            *NAMES,
            *("🦊🎉", "the of and", "и в на", "", "   ", '"', "?!", "%", "_", "*", "\\"),
            *("' OR 1=1 --", "'; DROP TABLE messages; --", "a AND (b OR", "user_id:* | !x:*"),
            *("-1) UNION SELECT * FROM messages", "{{7*7}} ${x}", "в марте", "last week"),
            "what did I say yesterday?",
            "кот " * (LONGEST_QUERY // 4),
            "x" * LONGEST_QUERY,
        ]
    ),
    st.text(max_size=40),
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "query": QUERIES,
        "memory_type": st.sampled_from([None, "conversation", "fact", "user", "system"]),
        "mode": st.sampled_from(["hybrid", "keyword", "semantic"]),
        "conversation_id": st.sampled_from([None, *CONVERSATIONS, "nowhere", "%"]),
        "tags": st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
        "priority": st.sampled_from([None, "low", "medium", "high", "critical"]),
        "since": MOMENTS,
        "until": MOMENTS,
        "as_of": MOMENTS,
        "include_superseded": st.booleans(),
        "include_expired": st.booleans(),
        "limit": st.sampled_from([1, 3, 50, 1_000, 10**9]),
        "max_tokens": st.sampled_from([None, 1, 30, 10**6]),
    },
)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=BODIES, whose=st.permutations(range(len(NAMES))))
async def test_nobody_finds_what_another_said(
    house: House, body: dict[str, Any], whose: list[int]
) -> None:
    person, other, _ = (house.people[one] for one in whose)
    response = await house.ask(person.headers, body)
    assert response.status_code == 200, response.text
    found = response.json()["results"]
    assert all(belongs(one, person) for one in found)
    assert len(found) <= body.get("limit", 10)
    # Whoever asks for another's is refused; an administrator gets that user's, and nobody else's.
    elsewhere = {**body, "user_id": other.user_id}
    assert (await house.ask(person.headers, elsewhere)).status_code == 403
    token = issue_token(SECRET, user="root", admin=True)
    response = await house.ask({"authorization": f"Bearer {token}"}, elsewhere)
    assert response.status_code == 200, response.text
    assert all(belongs(one, other) for one in response.json()["results"])


async def test_everybody_finds_all_of_their_own(house: House) -> None:
    """So that the property above does not hold because nothing is ever found."""
    for person in house.people:
        response = await house.ask(person.headers, {"limit": 10**9})
        found = response.json()["results"]
        assert {one["id"] for one in found if one["kind"] == "message"} == person.messages
        assert {one["id"] for one in found if one["kind"] == "fact"} == person.facts
        assert response.json()["total"] == len(found)


async def test_what_somebody_has_forgotten_nobody_finds(house: House) -> None:
    gone, *others = house.people
    response = await house.client.delete("/memory/user/me", headers=gone.headers)
    assert response.status_code in {200, 202}, response.text
    bodies = [
        {"query": query, "mode": mode, "limit": 10**9, "include_superseded": True}
        for query in (*SAID, *FACTS, gone.name, None)
        for mode in ("hybrid", "keyword", "semantic")
    ]
    for body in bodies:
        found = (await house.ask(gone.headers, body)).json()["results"]
        assert [one for one in found if one["kind"] in {"message", "fact"}] == []
    for person in others:
        found = (await house.ask(person.headers, {"limit": 10**9})).json()["results"]
        assert person.messages <= {one["id"] for one in found}
        assert all(belongs(one, person) for one in found)
