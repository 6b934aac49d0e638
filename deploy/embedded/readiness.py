"""Waiting until programs are ready; noticing at once when one has died."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import psutil

from deploy.embedded import terminal
from deploy.embedded.failure import StackError
from deploy.embedded.http_probe import get, unready
from deploy.embedded.layout import Layout
from deploy.embedded.log_tail import tail
from deploy.embedded.programs import Program
from deploy.embedded.supervisor_client import FAILED, ProcessState, SupervisorClient

POLL_S = 0.1
"""Asking more often would only take time from the programs that are loading."""
PROBE_TIMEOUT_S = 5.0
"""A /health/ready probes its dependencies for 3 s at most."""

PATIENCE_S = 8.0
"""After this long, and then as often, say what is being waited for."""

TAIL_LINES = 20


def problem(program: Program) -> str | None:
    """Ask a program whether it is ready; None when it is, else what it says.

    Raises StackError when another server has its port.
    """
    if program.server is not None:
        return None if program.server.ready() else "no answer"
    answer = get(program.health or "", PROBE_TIMEOUT_S)
    if answer.ok:
        return None
    return unready(answer.body) or (f"HTTP {answer.status}" if answer.status else "no answer")


def wait(
    programs: Iterable[Program], client: SupervisorClient, layout: Layout, timeout_s: float
) -> None:
    """Wait for every program, with a line for each.

    Raises StackError when one dies, when a stranger answers on its port, or when time is up.
    """
    waiting = {program.name: program for program in programs}
    started = time.monotonic()
    told = started
    with ThreadPoolExecutor(max_workers=len(waiting) or 1) as pool:
        while waiting:
            states = client.states()
            for program in waiting.values():
                _require_alive(states[program.name], layout)
            problems = dict(zip(waiting, pool.map(problem, waiting.values()), strict=True))
            for name in [name for name, found in problems.items() if found is None]:
                _require_own(waiting.pop(name), client.states()[name], layout)
                terminal.done(name, time.monotonic() - started)
            if not waiting:
                return
            now = time.monotonic()
            if now - started > timeout_s:
                raise StackError(_timed_out(waiting, problems, layout, timeout_s))
            if now - told > PATIENCE_S:
                told = now
                terminal.say(f"  … {'; '.join(f'{name} ({problems[name]})' for name in waiting)}")
            time.sleep(POLL_S)


def _require_alive(state: ProcessState, layout: Layout) -> None:
    if state.state not in FAILED:
        return
    reason = state.error or f"it ended with code {state.exit_status}"
    log = layout.log(state.name)
    msg = (
        f"{state.name} died during the start: {reason}. The end of {log}:\n"
        f"{tail(log, TAIL_LINES)}\n"
        "Correct what it says, then `make up` again."
    )
    raise StackError(msg)


def _require_own(program: Program, state: ProcessState, layout: Layout) -> None:
    """Check that the process that answered is the one that was started."""
    _require_alive(state, layout)
    try:
        listening = {
            connection.laddr.port
            for connection in psutil.Process(state.pid).net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
    except (psutil.Error, OSError):  # the system does not tell
        return
    # Nothing to see is not the same as another port: a namespace may hide the sockets.
    if listening and program.port not in listening:
        msg = (
            f"Another server answers on port {program.port} of {program.name}. Stop it, or set "
            f"{program.port_variable} in .env to a free port."
        )
        raise StackError(msg)


def _timed_out(
    waiting: dict[str, Program], problems: dict[str, str | None], layout: Layout, timeout_s: float
) -> str:
    parts = [f"Not ready after {timeout_s:.0f} s:"]
    for name in waiting:
        log = layout.log(name)
        parts.append(f"{name}: {problems[name]}. The end of {log}:\n{tail(log, TAIL_LINES)}")
    parts.append("A slow machine may need more time: START_TIMEOUT in .env.")
    return "\n".join(parts)
