"""One turn through the real pipeline: what the client gets, what the model is told, what stays."""

import asyncio
import time
from typing import Any

import httpx
import nats
import pytest

from shared.contracts.events import ModelsAnswered, ModelShowAsked
from shared.contracts.ids import new_id
from tests.support.fake_llm import FakeLLM
from tests.support.pipeline import Pipeline, running_pipeline
from tests.support.servers import Running, free_port

pytestmark = pytest.mark.integration


async def test_an_answer_with_everything_that_belongs_to_it(pipeline: Pipeline) -> None:
    pipeline.fake.script(text="Привет, Иван!")
    response = await pipeline.ask("Меня зовут Иван", model="llama3.2")
    assert response.status_code == 200
    body = response.json()
    assert body["reply"] == {"role": "assistant", "content": "Привет, Иван!"}
    assert body["model"] == "llama3.2"
    assert body["usage"]["completion_tokens"] > 0
    assert body["degraded"] == []
    assert body["memory"]["cut"] == {"messages": 0, "facts": 0, "recalled": 0}
    timings = body["timings"]
    assert 0 < timings["first_token_ms"] <= timings["total_ms"]
    assert timings["context_ms"] is not None
    assert timings["queue_ms"] is not None


async def test_the_second_prompt_holds_what_was_said_in_the_first(pipeline: Pipeline) -> None:
    pipeline.fake.script(text="Очень приятно.")
    first = (await pipeline.ask("Привет! Меня зовут Иван, я программист")).json()
    second = (await pipeline.ask("Как меня зовут?")).json()
    assert second["conversation_id"] == first["conversation_id"]
    system, *said = pipeline.prompts()[-1]
    assert system["role"] == "system"
    assert "llama3.2" in system["content"]
    assert said == [
        {"role": "user", "content": "Привет! Меня зовут Иван, я программист"},
        {"role": "assistant", "content": "Очень приятно."},
        {"role": "user", "content": "Как меня зовут?"},
    ]
    record = (await pipeline.client.get(f"/chat/turns/{second['turn_id']}")).json()
    assert record["status"] == "completed"
    assert record["prompt"]["messages"][1:] == said
    assert record["reply"] == second["reply"]


async def test_only_the_last_six_messages_are_told(pipeline: Pipeline) -> None:
    for n in range(5):
        await pipeline.ask(f"question {n}")
    said = [message["content"] for message in pipeline.prompts()[-1][1:]]
    assert said[::2] == ["question 1", "question 2", "question 3", "question 4"]
    assert len(said) == 7


async def test_a_stream_brings_tokens_as_they_come(pipeline: Pipeline) -> None:
    pipeline.fake.script(chunks=["one", " two", " three"], delay_ms=60)
    arrived = []
    body = {"prompt": "count", "stream": True}
    async with pipeline.client.stream("POST", "/chat/", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                arrived.append((line.removeprefix("event: "), time.monotonic()))
    assert [event for event, _ in arrived] == ["start", "token", "token", "token", "done"]
    times = [moment for event, moment in arrived if event == "token"]
    assert times[2] - times[0] > 0.08


async def test_done_has_the_same_body_as_the_plain_answer(pipeline: Pipeline) -> None:
    events = await pipeline.events("hello world")
    assert events[0][0] == "start"
    assert set(events[0][1]) == {"turn_id", "conversation_id"}
    text = "".join(data["text"] for event, data in events if event == "token")
    done = events[-1][1]
    assert events[-1][0] == "done"
    assert done["reply"]["content"] == text
    plain = (await pipeline.ask("hello")).json()
    assert set(done) == set(plain)


async def test_accept_asks_for_a_stream_too(pipeline: Pipeline) -> None:
    response = await pipeline.ask("x", headers={"accept": "text/event-stream"})
    assert response.text.startswith("event: start\n") or "event: start\n" in response.text


async def test_ten_questions_at_once_are_answered_in_order_each_knowing_the_last(
    pipeline: Pipeline,
) -> None:
    answered = await asyncio.gather(
        *(pipeline.ask(f"q{n}", conversation_id="c") for n in range(10))
    )
    assert [r.json()["reply"]["content"] for r in answered] == [f"echo: q{n}" for n in range(10)]
    messages = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    accepted = [message["content"] for message in messages[::2]]
    assert sorted(accepted) == [f"q{n}" for n in range(10)]
    # What the model was asked, in the order in which it was asked.
    prompts = pipeline.prompts()
    assert [prompt[-1]["content"] for prompt in prompts] == accepted
    for before, prompt in zip(accepted, prompts[1:], strict=False):
        assert prompt[-2] == {"role": "assistant", "content": f"echo: {before}"}


async def test_options_and_system_prompt_reach_the_model(pipeline: Pipeline) -> None:
    options = {"temperature": 0, "seed": 7, "stop": "END", "num_predict": 20, "top_p": 0.5}
    await pipeline.ask("x", system="Answer like a pirate.", options=options)
    sent = pipeline.fake.generations()[-1].body
    assert "Answer like a pirate." in sent["messages"][0]["content"]
    assert sent["options"] | {"num_ctx": 0} == options | {"stop": ["END"], "num_ctx": 0}


async def test_preferences_are_in_the_next_prompt(pipeline: Pipeline) -> None:
    response = await pipeline.client.put(
        "/memory/user/me/preferences", json={"language": "ru", "answer_style": "точный"}
    )
    assert response.status_code == 200
    body = (await pipeline.ask("Hello there")).json()
    assert body["memory"]["preferences"] == {"language": "ru", "answer_style": "точный"}
    assert "язык: ru, стиль ответов: точный" in pipeline.prompts()[-1][0]["content"]
    await pipeline.client.put("/memory/user/me/preferences", json={"answer_style": None})
    user = (await pipeline.client.get("/memory/user/me")).json()
    assert user["preferences"] == {"language": "ru"}


async def test_a_conversation_can_be_read_as_soon_as_it_was_answered(pipeline: Pipeline) -> None:
    for n in range(5):
        body = (await pipeline.ask(f"q{n}", conversation_id="c")).json()
        got = await pipeline.client.get("/memory/conversation/c")
        messages = got.json()["messages"]
        assert messages[-1]["content"] == body["reply"]["content"]
        assert messages[-1]["model"] == "llama3.2"
        assert len(messages) == 2 * (n + 1)


async def test_the_text_form_goes_to_generate(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:

    async with running_pipeline(
        own_nats.url, redis_server.url, fake, prompt_format="text"
    ) as pipeline:
        pipeline.client.headers["user-agent"] = new_id()
        await pipeline.ask("Покажи пример docker-compose")
        seen = fake.generations()[-1]
        assert seen.path == "/api/generate"
        assert seen.body["prompt"].endswith(
            "Пользователь: Покажи пример docker-compose\n\nАссистент:"
        )


async def test_the_models_on_offer_and_one_in_detail(pipeline: Pipeline) -> None:
    models = (await pipeline.client.get("/models")).json()
    assert (models["default"], models["backend"]) == ("llama3.2", "ollama")
    assert "llama3.2" in {model["name"].removesuffix(":latest") for model in models["items"]}
    connection = await nats.connect(pipeline.environment["nats_url"])
    for model, status in (("llama3.2", None), ("nope", 404)):
        asked = ModelShowAsked(model=model).model_dump_json().encode()
        reply = await connection.request("llm.show", asked, timeout=5)
        answer = ModelsAnswered.model_validate_json(reply.data)
        if status is None:
            assert answer.models[0].context_length == 131072
        else:
            assert answer.problem is not None
            assert answer.problem.status == status
    await connection.close()


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
async def test_an_unknown_model_is_a_404_with_the_remedy(
    pipeline: Pipeline,
    stream: bool,
) -> None:
    if stream:
        event, problem = (await pipeline.events("x", model="nope"))[-1]
        assert event == "error"
    else:
        response = await pipeline.ask("x", model="nope", conversation_id="c")
        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        problem = response.json()
    assert problem["status"] == 404
    assert "ollama pull nope" in problem["detail"]
    turn = (await pipeline.client.get(f"/chat/turns/{problem['turn_id']}")).json()
    assert turn["status"] == "failed"
    assert turn["problem"]["status"] == 404


async def test_a_failed_question_is_kept_and_not_told_to_the_model(pipeline: Pipeline) -> None:
    await pipeline.ask("lost", model="nope", conversation_id="c")
    messages = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    assert [(m["content"], m["status"]) for m in messages] == [("lost", "failed")]
    await pipeline.ask("again", conversation_id="c")
    assert [m["content"] for m in pipeline.prompts()[-1][1:]] == ["again"]


async def test_no_llm_server_is_a_503_with_the_remedy(
    own_nats: Running, redis_server: Running, fake: FakeLLM
) -> None:

    async with running_pipeline(
        own_nats.url,
        redis_server.url,
        fake,
        ollama_url=f"http://127.0.0.1:{free_port()}",
        llm_retries=0,
    ) as pipeline:
        response = await pipeline.ask("x")
        assert response.status_code == 503
        assert "ollama serve" in response.json()["detail"]
        ready = await pipeline.client.get(pipeline.services["inference"].url + "/health/ready")
        assert ready.status_code == 503
        assert ready.json()["dependencies"]["llm"]["ok"] is False
        models = await pipeline.client.get("/models")
        assert models.status_code == 503


async def test_an_answer_that_is_cut_off_fails_visibly(pipeline: Pipeline) -> None:
    pipeline.fake.script(chunks=["half", " of", " it"], break_after=2, breaks="end")
    events = await pipeline.events("x", conversation_id="c")
    assert [event for event, _ in events] == ["start", "token", "token", "error"]
    assert events[-1][1]["status"] == 502
    messages = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    assert [m["status"] for m in messages] == ["failed"]


async def test_a_prompt_too_long_for_the_model_is_a_413(pipeline: Pipeline) -> None:
    response = await pipeline.ask("слово " * 20_000)
    assert response.status_code == 413
    assert "NUM_CTX" in response.json()["detail"]
    assert pipeline.fake.generations() == []


async def test_old_messages_are_cut_first_and_counted(pipeline: Pipeline) -> None:
    for n in range(3):
        await pipeline.ask(f"long {n} " + "word " * 1_500, conversation_id="c")
    body = (await pipeline.ask("short", conversation_id="c")).json()
    assert body["memory"]["cut"]["messages"] > 0
    assert pipeline.prompts()[-1][-1]["content"] == "short"


async def test_stopping_a_running_turn_keeps_what_was_said(pipeline: Pipeline) -> None:
    pipeline.fake.script(chunks=["a ", "b "] * 500, delay_ms=20)
    asked = await pipeline.ask(
        "long story", conversation_id="c", headers={"prefer": "respond-async"}
    )
    assert asked.status_code == 202
    location = asked.headers["location"]
    turn_id = asked.json()["turn_id"]
    assert location == f"/chat/turns/{turn_id}"
    await until_running(pipeline.client, location)
    await asyncio.sleep(0.1)
    assert (await pipeline.client.delete(location)).status_code == 202
    turn = await until_ended(pipeline.client, location)
    assert turn["status"] == "cancelled"
    await pipeline.fake.until(lambda: pipeline.fake.generations()[-1].cancelled_at)
    messages = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    assert [m["status"] for m in messages] == ["complete", "cancelled"]
    assert messages[1]["content"].startswith("a b ")


async def test_a_waiting_turn_is_stopped_at_once(pipeline: Pipeline) -> None:
    pipeline.fake.script(chunks=["slowly "] * 1_000, delay_ms=30)
    later = {"prefer": "respond-async"}
    turns = [
        (await pipeline.ask(f"q{n}", conversation_id=name, headers=later)).headers["location"]
        for n, name in enumerate(["c", "c", "other"])
    ]
    await until_running(pipeline.client, turns[0])
    # One waits for the turn before it in its conversation, the other one for the model.
    for location in turns[1:]:
        await pipeline.client.delete(location)
        async with asyncio.timeout(15):
            stopped = await until_ended(pipeline.client, location)
        assert stopped["status"] == "cancelled"
    assert (await pipeline.client.get(turns[0])).json()["status"] == "running"
    await pipeline.client.delete(turns[0])
    await until_ended(pipeline.client, turns[0])
    assert (await pipeline.ask("after", conversation_id="c")).status_code == 200
    assert len(pipeline.fake.generations()) == 2


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_goes_away_stops_the_turn(
    pipeline: Pipeline,
    stream: bool,
) -> None:
    pipeline.fake.script(chunks=["a "] * 1_500, delay_ms=20)
    body = {"prompt": "x", "stream": stream}
    request = asyncio.create_task(pipeline.client.post("/chat/", json=body))
    await pipeline.fake.until(pipeline.fake.generations)
    await asyncio.sleep(0.2)
    request.cancel()
    await pipeline.fake.until(lambda: pipeline.fake.generations()[-1].cancelled_at, timeout_s=15)


async def test_a_turn_of_another_user_is_a_404(pipeline: Pipeline) -> None:
    turn_id = (await pipeline.ask("mine", conversation_id="c")).json()["turn_id"]
    other = {"user-agent": "another"}
    for url in (f"/chat/turns/{turn_id}", "/memory/conversation/c"):
        assert (await pipeline.client.get(url, headers=other)).status_code == 404
    deleted = await pipeline.client.delete(f"/chat/turns/{turn_id}", headers=other)
    assert deleted.status_code == 404


async def test_incognito_leaves_no_trace(pipeline: Pipeline) -> None:
    await pipeline.ask("my name is Ann", conversation_id="c")
    off = (await pipeline.ask("secret", memory="off", conversation_id="c")).json()
    assert [m["content"] for m in pipeline.prompts()[-1][1:]] == ["secret"]
    assert off["reply"]["content"] == "echo: secret"
    read = (await pipeline.ask("who am I?", memory="read", conversation_id="c")).json()
    assert read["conversation_id"] == "c"
    assert "my name is Ann" in [m["content"] for m in pipeline.prompts()[-1][1:]]
    messages = (await pipeline.client.get("/memory/conversation/c")).json()["messages"]
    assert [m["content"] for m in messages] == ["my name is Ann", "echo: my name is Ann"]


async def until_running(client: httpx.AsyncClient, location: str) -> None:
    async with asyncio.timeout(15):
        while (await client.get(location)).json()["status"] != "running":
            await asyncio.sleep(0.01)


async def until_ended(client: httpx.AsyncClient, location: str) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while (turn := (await client.get(location)).json())["status"] in {"queued", "running"}:
            await asyncio.sleep(0.01)
    found: dict[str, Any] = turn
    return found
