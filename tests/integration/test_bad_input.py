"""Bad input: the right 4xx, a problem document that says what is wrong, and nothing kept."""

import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shared.auth import issue_token
from tests.support.pipeline import SECRET, Pipeline

pytestmark = pytest.mark.integration


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    """Check that a response is a problem document with this status, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail"} <= set(body)
    assert body["status"] == status
    assert len(response.content) < 2_000
    return body


BAD_CHATS: list[tuple[dict[str, Any], str]] = [
    ({}, "prompt"),
    ({"prompt": ""}, "prompt"),
    ({"prompt": " \n\t "}, "prompt"),
    ({"prompt": None}, "prompt"),
    ({"prompt": 5}, "prompt"),
    ({"prompt": ["x"]}, "prompt"),
    ({"prompt": "a\x00b"}, "U+0000"),
    ({"prompt": "a\x1b[31mb"}, "U+001B"),
    ({"prompt": "a\x7fb"}, "U+007F"),
    ({"prompt": "x", "model": 7}, "model"),
    ({"prompt": "x", "model": ""}, "model"),
    ({"prompt": "x", "model": "m" * 201}, "model"),
    ({"prompt": "x", "model": "a\nb"}, "model"),
    ({"prompt": "x", "conversation_id": ""}, "conversation_id"),
    ({"prompt": "x", "conversation_id": "c" * 201}, "conversation_id"),
    ({"prompt": "x", "conversation_id": {"a": 1}}, "conversation_id"),
    ({"prompt": "x", "stream": "perhaps"}, "stream"),
    ({"prompt": "x", "options": []}, "options"),
    ({"prompt": "x", "options": {"temperature": "hot"}}, "options.temperature"),
    ({"prompt": "x", "options": {"temperature": -1}}, "options.temperature"),
    ({"prompt": "x", "options": {"num_predict": 0}}, "options.num_predict"),
    ({"prompt": "x", "options": {"num_predict": 1e12}}, "options.num_predict"),
    ({"prompt": "x", "options": {"seed": 2**70}}, "options.seed"),
    ({"prompt": "x", "options": {"stop": ["a"] * 100}}, "options.stop"),
    ({"prompt": "x", "memory": "some"}, "memory"),
    ({"prompt": "x", "system": ""}, "system"),
]


@pytest.mark.parametrize(("body", "named"), BAD_CHATS)
async def test_a_wrong_chat_names_what_is_wrong(
    pipeline: Pipeline, body: dict[str, Any], named: str
) -> None:
    response = await pipeline.client.post("/chat/", json=body)
    assert named in problem(response, 422)["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"prompt=x", 400),
        (b"[]", 422),
        (b'"x"', 422),
        (b"null", 422),
        (b'{"prompt": "\xff\xfe"}', 400),
        (b"\xff\xfe\x00", 400),
        (rb'{"prompt": "\ud800"}', 422),
        (b'{"prompt": "x", "options": {"temperature": NaN}}', 422),
        (b'{"prompt": ' + b"[" * 100_000, 400),
        (b'{"prompt": "' + b"x" * 4_000_000 + b'"}', 413),
    ],
)
async def test_a_body_that_is_no_chat(pipeline: Pipeline, content: bytes, status: int) -> None:
    headers = {"content-type": "application/json"}
    response = await pipeline.client.post("/chat/", content=content, headers=headers)
    problem(response, status)


async def test_a_body_without_a_length_is_bounded_too(pipeline: Pipeline) -> None:
    async def endless() -> Any:
        for _ in range(64):
            yield b"x" * 65_536

    response = await pipeline.client.post("/chat/", content=endless())
    problem(response, 413)


async def test_nothing_of_bad_input_is_kept_or_asked(pipeline: Pipeline) -> None:
    for body, _ in BAD_CHATS[:8]:
        await pipeline.client.post("/chat/", json=body)
    assert (await pipeline.client.get("/memory/conversations")).json()["items"] == []
    assert pipeline.fake.generations() == []


async def test_a_prompt_over_the_limit_is_a_413(pipeline: Pipeline) -> None:
    detail = problem(await pipeline.ask("x" * 200_001), 413)["detail"]
    assert "MAX_PROMPT_CHARS" in detail


@pytest.mark.parametrize(
    "prompt", ["🦊" * 50, "\u202e right to left", "a\r\nb\tc", "x" * 3_000, "я"]
)
async def test_unusual_but_fine_prompts_are_answered(pipeline: Pipeline, prompt: str) -> None:
    body = (await pipeline.ask(prompt)).json()
    assert body["reply"]["content"] == f"echo: {prompt}"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"role": "user"},
        {"role": "wizard", "content": "x"},
        {"role": "user", "content": ""},
        {"role": "user", "content": "a\x00"},
        {"role": "user", "content": "x", "time": "yesterday"},
        {"role": "user", "content": "x", "time": "2026-01-01T00:00:00"},
        {"role": "user", "content": "x", "ttl_seconds": -1},
        {"role": "user", "content": "x", "ttl_seconds": 10**12},
        {"role": "user", "content": "x", "tags": ["t"] * 65},
        {"role": "user", "content": "x", "priority": "urgent"},
        {"role": "user", "content": "x", "tokens": -5},
        {"role": "user", "content": "x", "metadata": [1]},
    ],
)
async def test_a_wrong_message_is_a_422(pipeline: Pipeline, body: dict[str, Any]) -> None:
    problem(await pipeline.client.post("/memory/conversation/c/message", json=body), 422)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_message_from_the_ends_of_time_is_refused(pipeline: Pipeline, moment: str) -> None:
    body = {"role": "user", "content": "x", "time": moment}
    refused = await pipeline.client.post("/memory/conversation/c/message", json=body)
    assert "time: " in problem(refused, 422)["detail"]
    assert (await pipeline.client.get("/memory/conversation/c")).status_code == 404


@pytest.mark.parametrize("conversation", ["a/b", "/", ".", ".."])
async def test_an_id_that_no_address_can_name_is_refused(
    pipeline: Pipeline, conversation: str
) -> None:
    refused = await pipeline.ask("x", conversation_id=conversation)
    assert "conversation_id: " in problem(refused, 422)["detail"]


@pytest.mark.parametrize("user", ["a b", "*", ">", "a.b", "ü", "x" * 300])
async def test_no_user_has_such_an_id(pipeline: Pipeline, user: str) -> None:
    token = issue_token(SECRET, user="root", admin=True)
    headers = {"authorization": f"Bearer {token}"}
    path = f"/memory/user/{quote(user, safe='')}"
    problem(await pipeline.client.delete(path, headers=headers), 404)
    body = {"language": "ru"}
    problem(await pipeline.client.put(f"{path}/preferences", json=body, headers=headers), 404)


async def test_metadata_and_speaker_come_back_as_given(pipeline: Pipeline) -> None:
    body = {
        "role": "user",
        "content": "Привет",
        "name": "Анна",
        "metadata": {"a": [1, {"b": None}]},
        "tokens": 3,
    }
    added = await pipeline.client.post("/memory/conversation/🦊 *'/message", json=body)
    assert added.status_code == 201
    conversation = (await pipeline.client.get("/memory/conversation/🦊 *'")).json()
    message = conversation["messages"][0]
    assert {key: message[key] for key in body} == body
    assert message["id"] == added.json()["message_id"]
    assert conversation["total_tokens"] == 3


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("PUT", "/chat/", 405),
        ("GET", "/memory/conversation/none", 404),
        ("GET", "/memory/conversation/c?limit=0", 422),
        ("GET", "/memory/conversation/c?limit=100000", 422),
        ("GET", "/memory/conversations?cursor=x", 422),
        ("GET", "/memory/user/somebody-else", 403),
        ("GET", "/chat/turns/none", 404),
        ("DELETE", "/chat/turns/none", 404),
    ],
)
async def test_what_is_not_there(pipeline: Pipeline, method: str, path: str, status: int) -> None:
    problem(await pipeline.client.request(method, path), status)


@pytest.mark.parametrize(
    "changes", [{}, {"k": [1]}, {"k": {"a": 1}}, {"": "x"}, [], {"k": "v\x00"}]
)
async def test_a_preference_that_is_no_scalar_is_a_422(pipeline: Pipeline, changes: Any) -> None:
    response = await pipeline.client.put("/memory/user/me/preferences", json=changes)
    problem(response, 422)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_number_that_json_has_not_removes_no_preference(
    pipeline: Pipeline, number: str
) -> None:
    set_before = await pipeline.client.put("/memory/user/me/preferences", json={"temperature": 20})
    assert set_before.status_code == 200

    response = await pipeline.client.put(
        "/memory/user/me/preferences",
        content=f'{{"temperature": {number}}}',
        headers={"content-type": "application/json"},
    )

    problem(response, 422)
    memory = (await pipeline.client.get("/memory/user/me")).json()
    assert memory["preferences"] == {"temperature": 20}


async def test_what_is_wrong_with_a_preference_is_told_in_one_sentence(pipeline: Pipeline) -> None:
    response = await pipeline.client.put("/memory/user/me/preferences", json={"a": [1]})

    assert response.json()["detail"] == (
        "a: Value error, must be one line of up to 1000 characters, a number, true or false"
    )


async def test_a_wrong_token_is_a_401_and_never_anonymous(pipeline: Pipeline) -> None:
    for credential in ("Bearer x", "Bearer", "Bearer a.b.c"):
        response = await pipeline.client.get("/auth/me", headers={"authorization": credential})
        assert response.status_code == 401, credential
        assert response.headers["www-authenticate"] == "Bearer"
        problem(response, 401)


async def test_docs_and_schemas_are_served_locally(pipeline: Pipeline) -> None:
    page = (await pipeline.client.get("/docs")).text
    assert "cdn" not in page
    assert "https://" not in page
    openapi = (await pipeline.client.get("/openapi.json")).json()
    for path, operations in openapi["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["description"], path
            errors = {code for code in operation["responses"] if code >= "4"}
            assert errors >= {"401", "422", "431", "503"}, path
            for code in errors:
                found = operation["responses"][code]
                assert found["description"], path
                schema = found["content"]["application/problem+json"]["schema"]
                assert set(schema["required"]) == {"title", "status", "detail"}
    asking = set(openapi["paths"]["/chat/"]["post"]["responses"])
    expected = {200, 202, 400, 401, 404, 409, 410, 413, 422, 429, 431, 502, 503, 504}
    assert asking >= {str(code) for code in expected}
    assert openapi["components"]["schemas"]["TurnBody"]["examples"]
    assert json.loads((await pipeline.client.get("/asyncapi.json")).text)["channels"]
