"""The record in a person's hands: backed up, restored, rebuilt, compacted, while chat goes on."""

import asyncio
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from redis import Redis

from deploy.embedded import dotenv_file
from shared.contracts.parts import utcnow
from shared.memory.barrier import fingerprint
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.record_source import Watermark
from shared.settings import Settings
from tests.support.checkout import Checkout
from tests.support.fake_llm import FakeLLM

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

AGENT = {"user-agent": "keeper"}
FILE = "back ups/it's mine.backup"


@pytest.fixture(scope="module")
def own(llm: FakeLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A stack of these tests' own: they replace all its data."""
    checkout = Checkout(tmp_path_factory.mktemp("checkout"), OLLAMA_URL=llm.url)
    try:
        assert "schema of the record" in checkout.run("make", "up")
        (checkout.folder / FILE).parent.mkdir()
        yield checkout
    finally:
        checkout.try_to("make", "down")
    assert checkout.left_behind() == []


def ask(own: Checkout, prompt: str, conversation: str) -> None:
    body = {"prompt": prompt, "conversation_id": conversation}
    response = httpx.post(f"{own.api}/chat/", json=body, headers=AGENT, timeout=60)
    assert response.status_code == 200, response.text


def said(own: Checkout, conversation: str) -> list[str]:
    """Return what the user said in a conversation."""
    found = httpx.get(f"{own.api}/memory/conversation/{conversation}", headers=AGENT, timeout=10)
    if found.status_code == 404:
        return []
    return [m["content"] for m in found.json()["messages"] if m["role"] == "user"]


def me(own: Checkout) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{own.api}/auth/me", headers=AGENT).json()
    return found


def postgres(own: Checkout, role: str) -> str:
    return f"postgresql://{role}@127.0.0.1:{own.ports['POSTGRES_PORT']}/membus"


def recorded(own: Checkout) -> int:
    async def run() -> int:
        connection = await asyncpg.connect(postgres(own, "postgres"))
        try:
            return int(await connection.fetchval("SELECT messages FROM totals"))
        finally:
            await connection.close()

    return asyncio.run(run())


def forget(own: Checkout, conversation: str) -> None:
    async def run() -> None:
        database = Database(Settings(database_url=postgres(own, "membus")))
        user = me(own)["user_id"]
        mark = Watermark(user, fingerprint(conversation), "", utcnow(), "forgotten-1")
        assert await RecordEraser(database).forget(mark) > 0
        await database.close()

    asyncio.run(run())


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_backup_is_written_while_it_runs(own: Checkout) -> None:
    ask(own, "first", "kept")
    ask(own, "in confidence", "secret")
    eventually(lambda: recorded(own) == 4)

    shown = own.run("make", "backup", f"FILE={FILE}")

    assert "1 user, 2 conversations, 4 messages" in shown
    assert stat.S_IMODE((own.folder / FILE).stat().st_mode) == 0o600
    assert "exists already" in own.try_to("make", "backup", f"FILE={FILE}").stdout


def test_a_broken_file_changes_nothing(own: Checkout) -> None:
    before, whole = own.pids(), (own.folder / FILE).read_bytes()
    (own.folder / "cut").write_bytes(whole[: len(whole) // 2])
    failed = own.try_to("make", "restore", "FILE=cut")
    assert failed.returncode != 0
    assert "Nothing was changed" in failed.stdout
    assert own.pids() == before


def test_a_restore_brings_the_older_state_without_what_was_forgotten_since(own: Checkout) -> None:
    ask(own, "second", "kept")
    ask(own, "new", "later")
    eventually(lambda: recorded(own) == 8)
    forget(own, "secret")
    servers = {name: own.pids()[name] for name in ("nats", "valkey", "postgres")}

    shown = own.run("make", "restore", f"FILE={FILE}")

    assert "1 user, 2 conversations, 4 messages" in shown
    assert "forgotten again" in shown
    assert {name: own.pids()[name] for name in servers} == servers
    assert said(own, "kept") == ["first"]
    assert said(own, "later") == []
    assert said(own, "secret") == []
    assert recorded(own) == 2
    ask(own, "third", "kept")
    assert said(own, "kept") == ["first", "third"]


def test_compacting_leaves_a_system_that_chats(own: Checkout) -> None:
    shown = own.run("make", "compact")
    for server in ("Valkey", "PostgreSQL", "NATS"):
        assert server in shown
    assert "MB before" in shown
    ask(own, "fourth", "kept")
    eventually(lambda: recorded(own) == 6)


def test_redis_is_rebuilt_from_the_record(own: Checkout) -> None:
    with Redis(port=int(own.ports["REDIS_PORT"])) as redis:
        redis.flushall()
        own.run("make", "rebuild")
        keys = b" ".join(redis.scan_iter())
    assert b"kept" in keys
    assert said(own, "kept") == ["first", "third", "fourth"]


def test_another_machine_gets_memory_and_identities(own: Checkout) -> None:
    """As after `make up` on a new machine: no data, and a secret of its own in `.env`."""
    before, env = me(own), own.folder / ".env"
    own.run("make", "down")
    shutil.rmtree(own.folder / ".data")
    theirs = dotenv_file.parse(env.read_text())["SECRET_KEY"]
    env.write_text(dotenv_file.with_values(env.read_text(), {"SECRET_KEY": "x" * 43}))

    shown = own.run("make", "restore", f"FILE={FILE}")

    assert ".env.before-restore" in shown
    assert dotenv_file.parse(env.read_text())["SECRET_KEY"] == theirs
    assert "x" * 43 in Path(f"{env}.before-restore").read_text()
    assert me(own) == before
    assert said(own, "kept") == ["first"]
    # This machine has never been asked to forget it.
    assert said(own, "secret") == ["in confidence"]
