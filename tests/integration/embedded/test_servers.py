"""The real servers: they keep their data over a stop and a crash, and know themselves."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
import nats
import pytest
from nats.js.api import StreamConfig
from redis import Redis

from deploy.embedded.failure import StackError
from deploy.embedded.running import Running
from deploy.embedded.servers import Nats, Postgres, Server, Valkey
from tests.support.servers import free_port

pytestmark = pytest.mark.integration

Ending = Callable[[Running], None]
ENDINGS = pytest.mark.parametrize("end", [Running.stop, Running.kill], ids=["stop", "kill"])


@ENDINGS
async def test_nats_keeps_a_stored_message(own_nats: Running, end: Ending) -> None:
    client = await nats.connect(own_nats.url)
    await client.jetstream().add_stream(StreamConfig(name="S", subjects=["s"]))
    await client.jetstream().publish("s", b"hello")
    await client.close()

    end(own_nats)
    own_nats.start()

    client = await nats.connect(own_nats.url)
    assert (await client.jetstream().stream_info("S")).state.messages == 1
    assert client.max_payload == 8 * 1024 * 1024
    await client.close()


@ENDINGS
def test_valkey_keeps_a_written_key(own_redis: Running, end: Ending) -> None:
    with Redis.from_url(own_redis.url) as client:
        client.set("key", "value")

    end(own_redis)
    own_redis.start()

    with Redis.from_url(own_redis.url) as client:
        assert client.get("key") == b"value"


@ENDINGS
async def test_postgres_keeps_a_row_with_a_vector(own_postgres: Running, end: Ending) -> None:
    connection = await asyncpg.connect(own_postgres.url)
    await connection.execute("CREATE TABLE t (v vector(3)); INSERT INTO t VALUES ('[1,2,3]')")
    await connection.close()

    end(own_postgres)
    own_postgres.start()

    connection = await asyncpg.connect(own_postgres.url)
    assert await connection.fetchval("SELECT v <-> '[1,2,5]' FROM t") == 2
    await connection.close()


@pytest.mark.parametrize("kind", [Nats, Valkey, Postgres])
def test_another_server_of_the_kind_is_not_taken_for_ours(
    kind: type[Server], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    name = {"nats": "nats_server", "valkey": "redis_server", "postgres": "postgres_server"}
    other: Running = request.getfixturevalue(name[kind.name])
    ours = kind(other.port, tmp_path / "data")

    with pytest.raises(StackError, match=f"Another {kind.name} server .* port {other.port}"):
        ours.ready()


@pytest.mark.parametrize("kind", [Nats, Valkey, Postgres])
def test_nobody_answers_on_a_free_port(kind: type[Server], tmp_path: Path) -> None:
    assert not kind(free_port(), tmp_path).ready()


def test_a_server_that_cannot_start_shows_its_log(redis_server: Running, tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"did not start|Another valkey server"):
        Running(Valkey(redis_server.port, tmp_path / "data")).start()
