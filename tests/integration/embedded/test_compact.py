"""`make compact`: what was deleted is in none of the servers' files any more."""

import asyncio
import secrets
import struct
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from redis import Redis
from sqlalchemy import text
from sqlalchemy.engine import make_url

from deploy.embedded.record import append_only, vacuum, work_queues
from deploy.embedded.record.compact import compact_nats, compact_postgres, compact_redis, size
from deploy.embedded.record.owner import Addresses, connected
from deploy.embedded.running import Running
from shared.embedding import Vectors
from shared.lexemes import lemmas
from shared.memory.barrier import fingerprint
from shared.memory.database import Database, async_url
from shared.memory.eraser import RecordEraser
from shared.memory.indexing import Indexing
from shared.memory.migrate import MigrationSettings, migrate
from shared.memory.passages import term
from shared.memory.record_source import Watermark
from shared.memory.recorder import Entry, Recorder
from shared.settings import Settings
from shared.topology import apply
from tests.support.samples import at, message_added

pytestmark = pytest.mark.integration

SAID = 20
"""As often as something must be said for ANALYZE to keep it as a frequent value."""

VECTOR = (0.1, -0.7, 0.3, 0.64, 0.05, -0.2)
STORED_VECTOR = struct.pack(f"<{len(VECTOR)}e", *VECTOR)


@pytest.fixture
def marker() -> str:
    return f"marker{secrets.token_hex(16)}"


def holding(folder: Path, marker: str | bytes) -> list[str]:
    """Return the files with the marker in them, whatever they are."""
    sought = marker.encode() if isinstance(marker, str) else marker
    found = []
    for path in folder.rglob("*"):
        # A running server renames and deletes files of its own.
        with suppress(FileNotFoundError, IsADirectoryError):
            if sought in path.read_bytes():
                found.append(path.name)
    return sorted(found)


def comes_to_hold(folder: Path, marker: str) -> bool:
    """Whether a marker comes into the files: Valkey may put a write off while the disk is busy."""
    deadline = time.monotonic() + 10
    while not holding(folder, marker):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@asynccontextmanager
async def connection(server: Running) -> AsyncIterator[Client]:
    client = await nats.connect(server.url, allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()


def indexed(marker: str) -> bytes:
    """Return what stands for a marker in the index of words, as it lies in the files."""
    (lemma,) = lemmas(marker)
    return term(lemma).to_bytes(8, "little", signed=True)


def record_of(server: Running) -> Addresses:
    services = make_url(server.url).set(username="membus").render_as_string()
    return Addresses(async_url(services), async_url(server.url))


@pytest.fixture
def record(own_postgres: Running) -> Addresses:
    addresses = record_of(own_postgres)
    services, owner = (str(url.render_as_string()) for url in (addresses.services, addresses.owner))
    asyncio.run(migrate(MigrationSettings(database_url=services, database_admin_url=owner)))
    return addresses


async def say_and_forget(record: Addresses, folder: Path, marker: str) -> None:
    database = Database(Settings(database_url=record.services.render_as_string()))
    said = [message_added(n, f"I am {marker}", conversation=marker) for n in range(SAID)]
    await Recorder(database).apply([Entry(event, n) for n, event in enumerate(said, 1)])
    indexing = Indexing(database)
    assert await indexing.index(limit=SAID) == SAID
    passages = [one.passage_id for one in await indexing.unembedded("m", limit=SAID)]
    await indexing.put_vectors(passages, Vectors("m", (VECTOR,) * SAID))
    async with connected(record.owner) as owner:
        for statement in ("ANALYZE", "CHECKPOINT"):
            await owner.execute(text(statement))
        path = "SELECT pg_relation_filepath('{}')"
        for table in ("messages", "pg_statistic"):
            file = (await owner.execute(text(path.format(table)))).scalar_one()
            assert marker.encode() in (folder / file).read_bytes(), table
    watermark = Watermark("u-1", fingerprint(marker), "", at(100), "e")
    assert await RecordEraser(database).forget(watermark) >= SAID
    await database.close()


def test_postgres_keeps_nothing_of_what_was_forgotten(
    own_postgres: Running, record: Addresses, marker: str
) -> None:
    folder = own_postgres.server.data
    asyncio.run(say_and_forget(record, folder, marker))
    assert any(len(name) == 24 for name in holding(folder, marker)), "also in the log"
    told = (marker, indexed(marker), STORED_VECTOR)
    assert all(holding(folder, one) for one in told)

    assert compact_postgres(record) == []

    assert not any(holding(folder, one) for one in told)
    assert marker not in own_postgres.log.read_text()
    assert compact_postgres(record) == []


def test_an_error_is_not_logged_with_what_was_said(
    own_postgres: Running, record: Addresses, marker: str
) -> None:
    async def fail() -> None:
        async with connected(record.owner) as owner:
            await owner.execute(text(f"SELECT CAST('{marker}' AS integer)"))

    with pytest.raises(Exception, match=marker):
        asyncio.run(fail())
    assert marker not in own_postgres.log.read_text()


async def test_what_an_old_transaction_still_sees_is_told(
    record: Addresses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vacuum, "OLD_SNAPSHOT_WAIT_S", 0.3)
    monkeypatch.setattr(vacuum, "LOCK_TIMEOUT_S", 1)
    async with connected(record.owner, "REPEATABLE READ") as backup:
        await backup.execute(text("SELECT count(*) FROM messages"))
        async with connected(record.owner) as owner:
            await owner.execute(text("UPDATE totals SET users = users"))
        notes = await vacuum.vacuum(record.owner, tell=print)
    assert notes[0] == vacuum.STILL_SEEN
    assert notes[1].startswith('"public"."messages" is in use')
    assert len(notes) == 2
    assert await vacuum.vacuum(record.owner, tell=print) == []


def test_valkey_keeps_nothing_of_what_was_deleted(own_redis: Running, marker: str) -> None:
    folder = own_redis.server.data
    with Redis.from_url(own_redis.url) as client:
        client.set("kept", "value")
        client.set("key", marker)
        client.delete("key")
        assert comes_to_hold(folder, marker)

        for _ in range(2):
            compact_redis(own_redis.url, folder)
            assert holding(folder, marker) == []
            assert append_only.superseded(folder / append_only.FOLDER) == []
        assert client.get("kept") == b"value"

    own_redis.kill()
    own_redis.start()
    with Redis.from_url(own_redis.url) as client:
        assert client.get("kept") == b"value"


@pytest.fixture
def topology(own_nats: Running) -> Settings:
    settings = Settings(nats_url=own_nats.url, database_url="postgresql://unused")

    async def declare() -> None:
        async with connection(own_nats) as client:
            await apply(client.jetstream(), settings)

    asyncio.run(declare())
    return settings


async def serve_two(client: Client, folder: Path, subject: str, marker: str) -> None:
    """Have a work queue serve two messages; the first one's bytes stay beside the second."""
    stream, durable = {
        "chat.requested": ("REQUESTS", "context-loader"),
        "chat.prompted": ("PROMPTS", "inference"),
    }[subject]
    jetstream = client.jetstream()
    await jetstream.publish(f"{subject}.one", marker.encode(), stream=stream)
    await jetstream.publish(f"{subject}.two", b"another", stream=stream)
    served = await jetstream.pull_subscribe_bind(durable, stream)
    (first,) = await served.fetch(1)
    await first.ack_sync()
    assert holding(folder / "jetstream" / "$G" / "streams" / stream, marker), "acked, and there"
    (second,) = await served.fetch(1)
    await second.ack_sync()


async def delete_from_memory(client: Client, folder: Path, marker: str) -> None:
    jetstream = client.jetstream()
    stored = await jetstream.publish("memory.u.message", marker.encode(), stream="MEMORY")
    await jetstream.publish("memory.u.message", b"another", stream="MEMORY")
    assert holding(folder / "jetstream" / "$G" / "streams" / "MEMORY", marker)
    await jetstream.delete_msg("MEMORY", stored.seq)


def test_nats_keeps_nothing_of_what_was_served_or_deleted(
    own_nats: Running, topology: Settings, marker: str
) -> None:
    folder = own_nats.server.data

    async def run() -> None:
        async with connection(own_nats) as client:
            for subject in ("chat.requested", "chat.prompted"):
                await serve_two(client, folder, subject, marker)
            await delete_from_memory(client, folder, marker)

    asyncio.run(run())

    assert compact_nats(topology) == []

    assert holding(folder, marker) == []


async def test_a_queue_in_work_is_left_as_it_is_and_open_again(
    own_nats: Running, topology: Settings
) -> None:
    async with connection(own_nats) as client:
        jetstream = client.jetstream()
        await jetstream.publish("chat.requested.one", b"waits", stream="REQUESTS")

        notes = await work_queues.renew(jetstream, topology, wait_s=0.3)

        assert [note.split()[0] for note in notes] == ["REQUESTS"]
        state = (await jetstream.stream_info("REQUESTS")).state
        assert (state.messages, state.first_seq) == (1, 1)
        await jetstream.publish("chat.requested.two", b"goes on", stream="REQUESTS")
        await jetstream.publish("chat.prompted.one", b"goes on", stream="PROMPTS")


class Traffic:
    """Asks without a pause but the shortest, and serves what was accepted."""

    def __init__(self, client: Client, seconds: float) -> None:
        self._client = client
        self.ended = time.monotonic() + seconds
        self.asking = True
        self.accepted: set[str] = set()
        self.served: set[str] = set()

    async def ask(self) -> None:
        while time.monotonic() < self.ended:
            name = f"chat.requested.{secrets.token_hex(8)}"
            # Refused while the queue is closed, unheard while there is none.
            with suppress(nats.errors.Error):
                await self._client.jetstream().publish(name, b"x", stream="REQUESTS")
                self.accepted.add(name)
            await asyncio.sleep(0.005)
        self.asking = False

    async def serve(self) -> None:
        given_up = self.ended + 5
        # A question may be on its way when the time is over.
        while self.asking or self.served < self.accepted:
            assert time.monotonic() < given_up, self.accepted - self.served
            # nats-py's fetch says the end of its wait with either.
            with suppress(nats.errors.Error, TimeoutError):
                requests = await self._client.jetstream().pull_subscribe_bind(
                    "context-loader", "REQUESTS"
                )
                for message in await requests.fetch(64, timeout=0.1):
                    await message.ack_sync(timeout=0.5)
                    self.served.add(message.subject)
                await requests.unsubscribe()


async def test_nothing_that_was_accepted_is_lost_while_queues_begin_anew(
    own_nats: Running, topology: Settings
) -> None:
    async with connection(own_nats) as client, connection(own_nats) as other:
        traffic, renewed = Traffic(client, 3), 0

        async def renew() -> None:
            nonlocal renewed
            while time.monotonic() < traffic.ended:
                renewed += not await work_queues.renew(other.jetstream(), topology, wait_s=0.5)

        await asyncio.gather(traffic.ask(), traffic.serve(), renew())
    assert renewed
    assert len(traffic.accepted) > 50
    assert traffic.served == traffic.accepted


def test_the_size_of_a_folder_is_what_its_files_take(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10_000)
    assert 8_192 <= size(tmp_path) <= 65_536
    assert size(tmp_path / "missing") == 0
