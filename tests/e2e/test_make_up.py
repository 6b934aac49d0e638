"""The whole system as a person starts and uses it; only the LLM is a fake."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.embedded import dotenv_file
from tests.support.checkout import Checkout
from tests.support.fake_llm import FakeLLM

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def ask(stack: Checkout, prompt: str, **more: Any) -> dict[str, Any]:
    headers = more.pop("headers", {})
    response = httpx.post(
        f"{stack.api}/chat/", json={"prompt": prompt, **more}, headers=headers, timeout=60
    )
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_up_again_changes_nothing_and_tells_where_to_go(stack: Checkout) -> None:
    before = stack.pids()
    assert set(before) >= {"nats", "gateway", "context", "inference", "memory_writer", "admin"}
    shown = stack.run("make", "up")
    assert stack.pids() == before
    for port in ("API_PORT", "WEB_PORT", "ADMIN_PORT"):
        assert stack.ports[port] in shown
    assert "llama3.2" in shown
    assert "curl" in shown


def test_the_command_that_up_prints_works_as_printed(stack: Checkout) -> None:
    shown = stack.run("./start")
    command = next(line for line in shown.splitlines() if line.strip().startswith("curl"))
    answer = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["reply"]["content"].startswith("echo: ")


def test_two_questions_by_curl_and_the_second_prompt_knows_the_first(
    stack: Checkout, llm: FakeLLM
) -> None:
    agent = {"user-agent": "ivan"}
    llm.script(text="Очень приятно, Иван.", match="программист")
    ask(stack, "Привет! Меня зовут Иван, я программист", model="llama3.2", headers=agent)
    second = ask(stack, "Как меня зовут?", headers=agent)
    turn = httpx.get(f"{stack.api}/chat/turns/{second['turn_id']}", headers=agent).json()
    said = [message["content"] for message in turn["prompt"]["messages"][1:]]
    assert said == [
        "Привет! Меня зовут Иван, я программист",
        "Очень приятно, Иван.",
        "Как меня зовут?",
    ]


def test_what_was_said_in_one_conversation_is_a_fact_in_the_next(stack: Checkout) -> None:
    agent = {"user-agent": "pavel"}
    ask(stack, "живу в казани, работаю программистом", headers=agent, conversation_id="new")
    second = ask(stack, "Куда сходить вечером?", headers=agent, conversation_id="new")
    told = {fact["text"] for fact in second["memory"]["facts"]}
    assert told == {"Живёт в Казани", "Род занятий: программист"}
    turn = httpx.get(f"{stack.api}/chat/turns/{second['turn_id']}", headers=agent).json()
    assert "Живёт в Казани" in turn["prompt"]["messages"][0]["content"]
    found = httpx.post(
        f"{stack.api}/memory/query",
        json={"query": "Где я живу?", "memory_type": "fact"},
        headers=agent,
    ).json()
    assert found["results"][0]["text"] == "Живёт в Казани"


def test_a_stream_by_curl(stack: Checkout) -> None:
    body = json.dumps({"prompt": "Tell me more", "stream": True})
    command = ["curl", "-sN", f"{stack.api}/chat/", "-H", "Content-Type: application/json"]
    shown = subprocess.run([*command, "-d", body], capture_output=True, text=True, check=True)
    events = re.findall(r"^event: (\w+)$", shown.stdout, re.MULTILINE)
    assert events[0] == "start"
    assert events.count("token") > 1
    assert events[-1] == "done"


def test_figures_health_and_pages(stack: Checkout) -> None:
    figures = httpx.get(f"{stack.api}/memory/stats").json()
    assert figures["live_conversations"] >= 0
    assert figures["total_facts"] >= 0
    assert figures["archive_bytes"] > 0
    models = httpx.get(f"{stack.api}/models").json()
    assert "llama3.2" in [model["name"].removesuffix(":latest") for model in models["items"]]
    for port in stack.ports:
        if port in {"NATS_PORT", "REDIS_PORT", "POSTGRES_PORT", "ENGINE_PORT"}:
            continue
        ready = httpx.get(f"{stack.url(port)}/health/ready", timeout=10)
        assert ready.status_code == 200, ready.text
    page = httpx.get(stack.url("WEB_PORT"))
    assert page.status_code == 200
    assert f"{stack.ports['API_PORT']}/docs" in page.text
    docs = httpx.get(f"{stack.api}/docs").text
    for asset in re.findall(r'(?:src|href)="([^"]+)"', docs):
        assert asset.startswith("/")
        assert httpx.get(stack.api + asset).status_code == 200


def test_the_admin_opens_with_the_password_that_up_made(stack: Checkout) -> None:
    ask(stack, "count me")
    password = dotenv_file.parse((stack.folder / ".env").read_text())["ADMIN_PASSWORD"]
    with httpx.Client(base_url=stack.url("ADMIN_PORT"), timeout=10) as browser:
        assert browser.get("/").headers["location"].startswith("/login")
        assert browser.get("/admin-api/stats").status_code == 401
        assert browser.post("/login", data={"password": password}).headers["location"] == "/"
        page = browser.get("/")
        assert page.status_code == 200
        assert f"{stack.ports['API_PORT']}/docs" in page.text
        state = browser.get("/admin-api/stats").json()
    assert all(health["ok"] for health in state["services"].values())
    assert sum(minute["completed"] for minute in state["minutes"]) >= 1
    queues = [*state["queues"]["streams"], *state["queues"]["consumers"]]
    assert queues
    assert all(each["present"] for each in queues)


def test_a_token_is_an_identity_and_survives_a_restart(stack: Checkout) -> None:
    token = stack.run("make", "--no-print-directory", "token", "USER=Иван").strip()
    headers = {"authorization": f"Bearer {token}"}
    before = httpx.get(f"{stack.api}/auth/me", headers=headers).json()
    assert before["kind"] == "token"
    assert before["admin"] is False
    anonymous = httpx.get(f"{stack.api}/auth/me", headers={"user-agent": "x"}).json()
    assert anonymous["kind"] == "anonymous"
    ask(stack, "remember this", headers=headers, conversation_id="mine")
    old = stack.pids()["gateway"]
    stack.run("make", "restart", "S=gateway")
    assert stack.pids()["gateway"] != old
    assert httpx.get(f"{stack.api}/auth/me", headers=headers).json() == before
    assert httpx.get(f"{stack.api}/auth/me", headers={"user-agent": "x"}).json() == anonymous
    url = f"{stack.api}/memory/conversation/mine"
    assert len(httpx.get(url, headers=headers).json()["messages"]) == 2
    assert httpx.get(url, headers={"user-agent": "x"}).status_code == 404


def test_the_page_gives_a_session_that_the_api_knows(stack: Checkout) -> None:
    with httpx.Client() as browser:
        browser.get(stack.url("WEB_PORT"))
        me = browser.get(f"{stack.api}/auth/me").json()
    assert me["kind"] == "session"


@pytest.mark.parametrize("service", ["context", "inference", "memory_writer", "gateway"])
def test_a_killed_service_comes_back_and_answers(stack: Checkout, service: str) -> None:
    os.kill(stack.pids()[service], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while True:
        try:
            answer = ask(stack, f"after {service}", headers={"user-agent": service})
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert answer["reply"]["content"] == f"echo: after {service}"
    stack.run("make", "up")


def test_logs_are_readable_and_hold_nothing_that_was_said(stack: Checkout) -> None:
    ask(stack, "an unmistakable secret")
    shown = stack.run(".venv/bin/python", "-m", "deploy.embedded", "logs", "--no-follow")
    assert "turn closed" in shown
    assert "unmistakable" not in shown


def test_secrets_are_for_their_owner_only(stack: Checkout) -> None:
    env = stack.folder / ".env"
    assert stat.S_IMODE(env.stat().st_mode) == 0o600
    assert "SECRET_KEY=" in env.read_text(encoding="utf-8")


def test_start_admin_tells_where_the_admin_is(stack: Checkout) -> None:
    assert f":{stack.ports['ADMIN_PORT']}" in stack.run("./start-admin.sh")


def test_the_example_runs_against_the_stack(stack: Checkout) -> None:
    command = [".venv/bin/python", "examples/subscriber.py"]
    url = f"nats://127.0.0.1:{stack.ports['NATS_PORT']}"
    with subprocess.Popen(
        [*command, url], cwd=stack.folder, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "listening\n"
        turn_id = ask(stack, "x")["turn_id"]
        assert process.stdout.readline().startswith(f"{turn_id} completed")
        process.terminate()


def test_stop_and_start_keep_what_was_said(stack: Checkout) -> None:
    agent = {"user-agent": "keeper"}
    ask(stack, "keep this", headers=agent, conversation_id="kept")
    stack.run("./stop")
    assert stack.left_behind() == []
    assert "not running" in stack.try_to("make", "status").stdout
    stack.run("make", "down")
    stack.run("make", "up")
    kept = httpx.get(f"{stack.api}/memory/conversation/kept", headers=agent).json()
    assert [message["content"] for message in kept["messages"]] == ["keep this", "echo: keep this"]


def test_a_killed_supervisor_leaves_no_orphan(stack: Checkout) -> None:
    pid = int((stack.folder / ".data" / "run" / "supervisord.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while stack.left_behind():
        assert time.monotonic() < deadline, stack.left_behind()
        time.sleep(0.1)
    stack.run("make", "up")
    assert ask(stack, "again")["reply"]["content"] == "echo: again"


def test_a_taken_port_is_named_and_nothing_is_left(
    stack: Checkout, tmp_path: Path, llm: FakeLLM
) -> None:
    other = Checkout(tmp_path / "other", OLLAMA_URL=llm.url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        failed = other.try_to("make", "up", API_PORT=port)
    assert failed.returncode != 0
    assert port in failed.stdout
    assert "API_PORT" in failed.stdout
    assert str(os.getpid()) in failed.stdout
    assert other.left_behind() == []
    assert ask(stack, "untouched")["reply"]["content"] == "echo: untouched"


def test_clean_asks_first(stack: Checkout, tmp_path: Path, llm: FakeLLM) -> None:
    other = Checkout(tmp_path / "other", OLLAMA_URL=llm.url)
    kept = other.folder / ".data" / "logs" / "gateway.log"
    kept.parent.mkdir(parents=True)
    kept.write_text("x")
    other.try_to("make", "clean")
    assert kept.exists()
    other.run("make", "clean", "YES=1")
    assert not (other.folder / ".data").exists()
    assert stack.pids()
