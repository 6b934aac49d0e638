"""Export and import through the real gateway, the writers and their stores."""

import json

import pytest

from shared.auth import issue_token
from shared.contracts.ids import new_id
from tests.support.exports import (
    EARLY,
    PLACE,
    conversation,
    decoded,
    encoded,
    ended,
    header,
    message,
    preference,
    whole,
)
from tests.support.fake_llm import FakeLLM
from tests.support.followers import one_more_gateway
from tests.support.pipeline import SECRET, Pipeline, running_pipeline
from tests.support.portability import (
    EXPORT,
    IMPORT,
    exported,
    imported,
    is_empty,
    lasting,
    me,
    of_kind,
    problem,
)
from tests.support.servers import Running

pytestmark = pytest.mark.integration


async def fill(pipeline: Pipeline) -> str:
    """Say something in several ways, and return who did."""
    client = pipeline.client
    await pipeline.ask("Меня зовут Иван 🦊", conversation_id="работа")
    first = (await pipeline.ask('What is "this"?', conversation_id="работа")).json()
    pipeline.fake.script(chunks=["a better ", "answer\x1b"])
    again = {"conversation_id": "работа", "replaces": f"{first['turn_id']}-u"}
    await pipeline.ask("Once more", **again)
    added = {
        "role": "user",
        "content": "said elsewhere",
        "name": "Анна",
        "time": "2020-02-03T04:05:06.123456Z",
        "metadata": {"from": {"app": [1, None]}},
        "tags": ["старое"],
        "priority": "high",
        "ttl_seconds": 86_400,
    }
    for name in ("it's * 🦊", "b"):
        response = await client.post(f"/memory/conversation/{name}/message", json=added)
        assert response.status_code == 201, response.text
    await client.put("/memory/user/me/preferences", json={"language": "ru", "length": 3})
    await client.put("/memory/user/me/preferences", json={"length": None, "units": True})
    return await me(client)


# --- what is well ----------------------------------------------------------------------------


async def test_an_export_has_everything_that_was_just_said(pipeline: Pipeline) -> None:
    user = await fill(pipeline)
    response = await pipeline.client.get(EXPORT)
    assert f'filename="membus-{user}-' in response.headers["content-disposition"]
    lines = await exported(pipeline.client)
    assert (lines[0]["user_id"], lines[0]["format"]) == (user, 2)
    assert {p["key"]: p["value"] for p in of_kind(lines, "preference")} == {
        "language": "ru",
        "units": True,
    }
    assert {c["conversation_id"] for c in of_kind(lines, "conversation")} == {
        "работа",
        "it's * 🦊",
        "b",
    }
    said = [m["content"] for m in of_kind(lines, "message") if m["conversation_id"] == "работа"]
    # What was asked anew is left out with its answer.
    echo = "echo: Меня зовут Иван 🦊"
    assert said == ["Меня зовут Иван 🦊", echo, "Once more", "a better answer\x1b"]
    [elsewhere] = [m for m in of_kind(lines, "message") if m["conversation_id"] == "b"]
    assert elsewhere["metadata"] == {"from": {"app": [1, None]}}
    assert elsewhere["time"] == "2020-02-03T04:05:06.123456Z"
    assert elsewhere["name"] == "Анна"
    assert elsewhere["expires_at"]
    assert not any(value is None for line in lines for value in line.values())


async def test_what_was_forgotten_comes_back_as_it_was(pipeline: Pipeline) -> None:
    await fill(pipeline)
    before = (await pipeline.client.get(EXPORT)).content
    shown = (await pipeline.client.get("/memory/conversation/работа")).json()
    receipt = await pipeline.client.delete("/memory/user/me")
    assert receipt.status_code == 200, receipt.text
    assert await is_empty(pipeline.client)
    body = await imported(pipeline.client, before)
    skipped = {"expired_messages": 0, "facts": 0}
    facts = len(of_kind(decoded(before), "fact"))
    counts = {"messages": 6, "conversations": 3, "preferences": 2, "facts": facts}
    assert body == {**counts, "skipped": skipped}
    assert facts >= 1
    assert lasting(await exported(pipeline.client)) == lasting(decoded(before))
    back = (await pipeline.client.get("/memory/conversation/работа")).json()
    assert back["messages"] == shown["messages"]
    memory = (await pipeline.client.get("/memory/user/me")).json()
    assert memory["preferences"] == {"language": "ru", "units": True}


async def test_importing_twice_changes_nothing(pipeline: Pipeline) -> None:
    await fill(pipeline)
    before = (await pipeline.client.get(EXPORT)).content
    stats = (await pipeline.client.get("/memory/stats")).json()
    for _ in range(2):
        await imported(pipeline.client, before)
    assert lasting(await exported(pipeline.client)) == lasting(decoded(before))
    after = (await pipeline.client.get("/memory/stats")).json()
    for total in ("total_messages", "total_conversations", "total_users"):
        assert after[total] == stats[total]


async def test_forgetting_and_importing_again_works_at_once(pipeline: Pipeline) -> None:
    file = whole(conversation(), message(1), message(2), user_id=await me(pipeline.client))
    for _ in range(3):
        await imported(pipeline.client, file)
        found = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
        assert [one["id"] for one in found] == ["m-1", "m-2"]
        assert (await pipeline.client.delete("/memory/user/me")).status_code == 200
        assert await is_empty(pipeline.client)


async def test_what_was_said_since_stays(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    await pipeline.client.put("/memory/user/me/preferences", json={"language": "en"})
    old = [preference("language", "ru"), preference("units", "km"), conversation(), message(1)]
    await pipeline.ask("new", conversation_id="c")
    await imported(pipeline.client, whole(*old, user_id=user))
    memory = (await pipeline.client.get("/memory/user/me")).json()
    assert memory["preferences"] == {"language": "en", "units": "km"}
    found = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    assert [one["content"] for one in found] == ["message 1", "new", "echo: new"]


@pytest.mark.parametrize("name", ["a*b", "it's", "🦊", "работа", "my chat", "a.b>c", "%41", "a:b"])
async def test_unusual_ids_come_through(pipeline: Pipeline, name: str) -> None:
    message_id = name.replace(" ", "_")
    user = await me(pipeline.client)
    lines = [conversation(name), message(1, conversation_id=name, message_id=message_id)]
    await imported(pipeline.client, whole(*lines, user_id=user))
    found = of_kind(await exported(pipeline.client), "message")
    assert [(one["conversation_id"], one["message_id"]) for one in found] == [(name, message_id)]


async def test_another_users_file_is_taken_over_only_on_purpose(pipeline: Pipeline) -> None:
    client = pipeline.client
    theirs = await fill(pipeline)
    file = (await client.get(EXPORT)).content
    client.headers["user-agent"] = new_id()
    mine = await me(client)
    detail = problem(await client.post(IMPORT, content=file), 422)
    assert "Line 1: user_id" in detail
    assert f"?from={theirs}" in detail
    problem(await client.post(f"{IMPORT}?from=somebody-else", content=file), 422)
    problem(await client.post(f"{IMPORT}?from=a/b", content=file), 422)
    assert await is_empty(client)
    await imported(client, file, f"{IMPORT}?from={theirs}")
    lines = await exported(client)
    assert lines[0]["user_id"] == mine
    assert lasting(lines) == lasting(decoded(file))


async def test_only_admins_reach_others(pipeline: Pipeline) -> None:
    user = await fill(pipeline)
    other = {"user-agent": new_id()}
    for method, path in (("GET", "export"), ("POST", "import")):
        address = f"/memory/user/{user}/{path}"
        problem(await pipeline.client.request(method, address, headers=other), 403)
    token = issue_token(SECRET, user="root", admin=True)
    admin = {"authorization": f"Bearer {token}"}
    file = (await pipeline.client.get(f"/memory/user/{user}/export", headers=admin)).content
    assert decoded(file)[0]["user_id"] == user
    address = f"/memory/user/{user}/import"
    response = await pipeline.client.post(address, headers=admin, content=file)
    assert response.status_code == 200, response.text
    for path in ("/memory/user/a%20b/export", "/memory/user/a.b/export"):
        problem(await pipeline.client.get(path, headers=admin), 404)


async def test_what_cannot_be_taken_over_is_counted(pipeline: Pipeline) -> None:
    fact = {"kind": "fact", "fact_id": "f", "version": 1, "type": "other", "predicate": "p"}
    fact |= {"value": "v", "body": "b", "lang": "en", "confidence": 1.0, "status": "active"}
    fact |= {"extractor": "rules", "recorded_at": EARLY, "caused_at": EARLY}
    lines = [
        conversation(),
        message(1),
        message(2, expires_at=EARLY),
        fact,
    ]
    body = await imported(pipeline.client, whole(*lines, user_id=await me(pipeline.client)))
    assert body["messages"] == 1
    assert body["skipped"] == {"expired_messages": 1, "facts": 1}


async def test_what_was_set_by_hand_of_a_conversation_is_taken_over(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    lines = [conversation(title="A title", tags=["x"], priority="high"), message(1)]
    await imported(pipeline.client, whole(*lines, user_id=user))
    found = (await pipeline.client.get("/memory/conversation/c")).json()
    assert (found["title"], found["tags"], found["priority"]) == ("A title", ["x"], "high")
    file = (await pipeline.client.get("/memory/user/me/export")).content
    (line,) = (one for one in decoded(file) if one["kind"] == "conversation")
    assert (line["title"], line["tags"], line["priority"]) == ("A title", ["x"], "high")
    # What was set since is newer than the file.
    await pipeline.client.patch("/memory/conversation/c", json={"title": "Newer"})
    await imported(pipeline.client, whole(*lines, user_id=user))
    assert (await pipeline.client.get("/memory/conversation/c")).json()["title"] == "Newer"
    # After forgetting, bringing it back is a new cause.
    await pipeline.client.delete("/memory/conversation/c")
    await imported(pipeline.client, whole(*lines, user_id=user))
    assert (await pipeline.client.get("/memory/conversation/c")).json()["title"] == "A title"


async def test_a_long_import_answers_202_and_is_there_soon(pipeline: Pipeline) -> None:
    user = await me(pipeline.client)
    file = whole(conversation(), *map(message, range(600)), user_id=user)
    async with one_more_gateway(pipeline, visible_wait_s=0.000_001) as (_, client):
        response = await client.post(IMPORT, content=file)
        assert response.status_code in {200, 202}
        assert response.json()["messages"] == 600
        found = of_kind(await exported(client), "message")
        assert [one["message_id"] for one in found] == [f"m-{n}" for n in range(600)]


# --- Redis only ------------------------------------------------------------------------------


async def test_redis_alone_gives_and_takes_the_same_file(
    own_nats: Running, own_redis: Running, fake: FakeLLM
) -> None:
    async with running_pipeline(own_nats.url, own_redis.url, fake) as pipeline:
        user = await fill(pipeline)
        before = (await pipeline.client.get(EXPORT)).content
        lines = decoded(before)
        assert lines[-1]["counts"]["message"] == 6
        assert not any("recorded_at" in line for line in of_kind(lines, "message"))
        old = encoded(ended([header(user), conversation("old"), message(1, conversation_id="old")]))
        await imported(pipeline.client, old)
        # Redis is all there is: what comes back lives from now on, however old it is.
        found = (await pipeline.client.get("/memory/conversation/old")).json()
        assert found["messages"][0]["time"] == EARLY
        pipeline.client.headers["user-agent"] = new_id()
        for _ in range(2):
            await imported(pipeline.client, before, f"{IMPORT}?from={user}")
        assert lasting(await exported(pipeline.client)) == lasting(lines)
        assert json.loads(before.splitlines()[0])["user_id"] == user
        assert of_kind(lines, "message")[-1]["order"] > PLACE
