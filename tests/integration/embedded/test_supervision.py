"""supervisord for real: what it starts is ready, comes back, and never outlives it."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded import binaries, readiness, supervision
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.preflight import require_ports
from deploy.embedded.programs import Program
from deploy.embedded.servers import Nats, Server, Valkey
from deploy.embedded.supervisor_client import SupervisorClient, connect
from deploy.embedded.supervisor_conf import render
from tests.support.servers import free_port

pytestmark = pytest.mark.integration

WEB = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"{}")
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
DYING = "import sys, time; time.sleep(0.3); print('the disk is on fire', flush=True); sys.exit(3)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def server_program(server: Server) -> Program:
    return Program(
        name=server.name,
        group="servers",
        command=server.command(),
        port=server.port,
        port_variable="PORT",
        server=server,
        stop_signal=server.stop_signal,
    )


def service(folder: Path, source: str, name: str = "web") -> Program:
    port = free_port()
    script = folder / f"{name}.py"
    script.write_text(source)
    return Program(
        name=name,
        group="services",
        command=binaries.guarded([sys.executable, str(script), str(port)]),
        port=port,
        port_variable="WEB_PORT",
        health=f"http://127.0.0.1:{port}/",
    )


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    layout = Layout(tmp_path)
    layout.create()
    yield layout
    supervision.stop(layout)


@pytest.fixture
def stack(layout: Layout) -> list[Program]:
    servers: list[Server] = [
        Nats(free_port(), layout.data / "nats"),
        Valkey(free_port(), layout.data / "valkey"),
    ]
    for server in servers:
        server.prepare()
    return [*map(server_program, servers), service(layout.data, WEB)]


@pytest.fixture
def client(layout: Layout, stack: list[Program]) -> SupervisorClient:
    return started(layout, stack)


def started(layout: Layout, stack: list[Program]) -> SupervisorClient:
    client = supervision.start(layout, render(stack, layout), {})
    for program in stack:
        client.start(program.full_name)
    readiness.wait(stack, client, layout, timeout_s=20)
    return client


def children(layout: Layout) -> list[psutil.Process]:
    process = supervision.find(layout)
    assert process is not None
    return [process, *process.children(recursive=True)]


def eventually(holds: Callable[[], bool], within_s: float = 5.0) -> bool:
    deadline = time.monotonic() + within_s
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


def test_everything_stops_and_leaves_nothing(client: SupervisorClient, layout: Layout) -> None:
    processes = children(layout)
    assert len(processes) == 4
    assert set(client.states()) == {"nats", "valkey", "web"}

    started_at = time.monotonic()
    assert supervision.stop(layout)

    assert time.monotonic() - started_at < 30
    assert not any(process.is_running() for process in processes)
    assert connect(layout.socket) is None
    assert list(layout.run.iterdir()) == []
    assert not supervision.stop(layout)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_killed_supervisor_leaves_no_orphan_and_can_start_again(
    client: SupervisorClient, layout: Layout, stack: list[Program]
) -> None:
    processes = children(layout)

    os.kill(client.pid(), signal.SIGKILL)

    assert eventually(lambda: not any(process.is_running() for process in processes[1:]))
    require_ports(stack, "127.0.0.1", linger_s=3)
    assert connect(layout.socket) is None
    started(layout, stack)


def test_a_killed_program_comes_back(
    client: SupervisorClient, layout: Layout, stack: list[Program]
) -> None:
    before = client.states()["valkey"].pid
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: client.states()["valkey"].pid not in {0, before})
    readiness.wait(stack, client, layout, timeout_s=10)


def test_a_program_that_dies_is_told_with_its_log(layout: Layout) -> None:
    stack = [service(layout.data, DYING)]
    with pytest.raises(StackError, match=r"(?s)web died during the start.*the disk is on fire"):
        started(layout, stack)


def test_a_program_that_never_answers_is_told_when_time_is_up(layout: Layout) -> None:
    stack = [service(layout.data, "import time; time.sleep(600)")]
    client = supervision.start(layout, render(stack, layout), {})
    client.start(stack[0].full_name)
    with pytest.raises(StackError, match=r"Not ready after 1 s:\nweb: no answer"):
        readiness.wait(stack, client, layout, timeout_s=1)


def test_another_server_on_the_port_is_not_taken_for_ours(
    layout: Layout, stack: list[Program]
) -> None:
    started(layout, stack)
    web = stack[-1]
    impostor = service(layout.data, "import time; time.sleep(600)", "other")
    other = Layout(layout.data / "other")
    other.create()
    posing = Program(
        name=impostor.name,
        group=impostor.group,
        command=impostor.command,
        port=web.port,
        port_variable="WEB_PORT",
        server=Valkey(stack[1].port, other.data / "valkey"),
    )
    try:
        with pytest.raises(StackError, match="Another valkey server"):
            started(other, [posing])
    finally:
        supervision.stop(other)


def test_a_stubborn_program_is_killed_in_bounded_time(layout: Layout) -> None:
    stack = [service(layout.data, STUBBORN)]
    # The real wait is 15 s; a test need not take as long.
    conf = render(stack, layout).replace("stopwaitsecs=15", "stopwaitsecs=1")
    client = supervision.start(layout, conf, {})
    client.start(stack[0].full_name)
    assert eventually(lambda: client.states()["web"].alive)
    time.sleep(0.5)
    processes = children(layout)

    started_at = time.monotonic()
    supervision.stop(layout)

    assert time.monotonic() - started_at < 14
    assert not any(process.is_running() for process in processes)
