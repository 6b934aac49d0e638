"""What `python -m benchmarks.pages` reads and judges, without a browser."""

import asyncio
import socket
import sys

import pytest

from benchmarks.page_conversation import lines_of
from benchmarks.page_streams import Streams, drained, port_of
from benchmarks.pages import PARTS, Found, options
from benchmarks.processes import BenchmarkError

# A server that keeps one connection open to whatever listens at the port that it is given.
KEEPS = """
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
kept = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print(listening.getsockname()[1], flush=True)
sys.stdin.readline()
kept.close()
print("closed", flush=True)
sys.stdin.readline()
"""


def test_all_parts_are_measured_unless_some_are_named() -> None:
    assert options([]).only == PARTS
    assert options(["--only", "load,streams"]).only == ("load", "streams")


def test_an_unknown_part_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(["--only", "load,speed"])
    assert "--only" in capsys.readouterr().err


def test_a_gate_that_does_not_hold_is_told() -> None:
    found = Found()
    found.gate(holds=True, text="well")
    found.gate(holds=False, text="too large")
    assert found.wrong == ["too large"]


def test_the_long_conversation_counts_its_messages_in_order() -> None:
    first, about, *said, end = lines_of("long", 4)
    assert (first["kind"], about["conversation_id"]) == ("export", "long")
    assert [one["role"] for one in said] == ["user", "assistant", "user", "assistant"]
    assert [one["order"] for one in said] == sorted({one["order"] for one in said})
    assert end["counts"] == {"conversation": 1, "message": 4}


def test_the_first_token_is_told_as_a_median() -> None:
    assert Streams(first=[0.001, 0.002, 0.9]).first_ms == pytest.approx(2)
    assert Streams().first_ms == 0


async def test_connections_that_are_left_open_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.page_streams.DRAINED_WITHIN_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as api:
        api_port = int(api.getsockname()[1])
        page = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", KEEPS, str(api_port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert page.stdin is not None
        assert page.stdout is not None
        page_port = int(await page.stdout.readline())
        assert await drained(page_port, api_port) == 1
        accepted, _ = api.accept()
        accepted.close()
        page.stdin.write(b"\n")
        assert await page.stdout.readline() == b"closed\n"
        assert await drained(page_port, api_port) == 0
        page.stdin.close()
        await page.wait()


async def test_a_page_that_is_gone_is_no_page_without_connections() -> None:
    with pytest.raises(BenchmarkError, match="gone"):
        await drained(1, 2)


def test_the_port_of_an_address() -> None:
    assert port_of("http://127.0.0.1:3001") == 3001
