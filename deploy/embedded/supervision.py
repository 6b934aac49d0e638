"""supervisord's own process: started detached, stopped within a bounded time."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import psutil

from deploy.embedded import guard
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.log_tail import tail
from deploy.embedded.settings import CHECKOUT
from deploy.embedded.supervisor_client import SupervisorClient, connect
from deploy.embedded.supervisor_conf import STOP_WAIT_S

START_TIMEOUT_S = 15.0
STOP_MARGIN_S = 5.0
POLL_S = 0.05
STOP_ORDER = ("services", "llm", "servers")
"""Services first: they finish what they are doing while their servers are still there."""

_started: "list[subprocess.Popen[bytes]]" = []
"""What this process has started itself: outlives it usually, and is waited for when it ends."""


def start(layout: Layout, conf: str, environment: dict[str, str]) -> SupervisorClient:
    """Write the configuration, start supervisord apart from this terminal, and connect to it.

    Raises StackError with its log when it does not come up.
    """
    layout.conf.write_text(conf, encoding="utf-8")
    layout.socket.unlink(missing_ok=True)
    executable = Path(sysconfig.get_path("scripts")) / "supervisord"
    command = [sys.executable, str(executable), "-n", "-c", str(layout.conf)]
    leader = [sys.executable, "-I", "-S", str(guard.__file__), "--leader", "--", *command]
    output = layout.log("supervisord-output")
    with output.open("wb") as log:
        process = subprocess.Popen(
            leader,
            cwd=CHECKOUT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _started.append(process)
    deadline = time.monotonic() + START_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        client = connect(layout.socket)
        if client is not None:
            return client
        time.sleep(POLL_S)
    process.kill()
    process.wait()
    msg = f"supervisord did not start:\n{tail(output, 20)}"
    raise StackError(msg)


def find(layout: Layout) -> psutil.Process | None:
    """Return the supervisord of this data folder, also one that does not answer."""
    try:
        process = psutil.Process(int(layout.pid_file.read_text(encoding="utf-8")))
        command = process.cmdline()
    except (OSError, ValueError, psutil.Error):
        return None
    return process if str(layout.conf) in command else None


def stop(layout: Layout) -> bool:
    """Stop everything: services, then the engine, then the servers, then supervisord.

    Returns whether something ran. Whatever hangs is killed after 15 s; a supervisord that hangs is
    killed too, and the kernel ends its children.
    """
    process = find(layout)
    client = connect(layout.socket)
    if client is not None:
        try:
            _stop_groups(client)
            client.shutdown()
        except StackError:
            # It went away while it was asked to: what is left is ended below.
            client = None
    if process is not None:
        _end(process)
    _started[:] = [ours for ours in _started if ours.poll() is None]
    layout.clear_run()
    return process is not None


def _stop_groups(client: SupervisorClient) -> None:
    for group in STOP_ORDER:
        stop_group(client, group)


def stop_group(client: SupervisorClient, group: str) -> None:
    """Stop the programs of a group together, and wait until they have ended."""
    members = [full for full in client.full_names() if full.startswith(f"{group}:")]
    for full in members:
        client.stop(full)
    _wait_stopped(client, {full.partition(":")[2] for full in members})


def _wait_stopped(client: SupervisorClient, names: set[str]) -> None:
    deadline = time.monotonic() + STOP_WAIT_S + STOP_MARGIN_S
    while time.monotonic() < deadline:
        states = client.states()
        if all(states[name].pid == 0 for name in names):
            return
        time.sleep(POLL_S)


def _end(process: psutil.Process) -> None:
    for ending in (None, signal.SIGTERM, signal.SIGKILL):
        try:
            if ending is not None:
                process.send_signal(ending)
            process.wait(STOP_MARGIN_S)
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            pass
        return
