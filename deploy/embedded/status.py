"""`status`: a table of the programs, with the health that they report themselves."""

import datetime as dt
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from deploy.embedded import readiness, state, supervision, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.programs import Program, programs
from deploy.embedded.settings import LauncherSettings
from deploy.embedded.supervisor_client import ProcessState, connect

HEAD = ("process", "state", "pid", "uptime", "port", "health")
READY = "ready"


def status(settings: LauncherSettings, layout: Layout) -> bool:
    """Print the table; True when everything is ready."""
    client = connect(layout.socket)
    if client is None:
        terminal.say(_why_not(layout))
        return False
    known = state.read(layout.state)
    states = client.states()
    found_programs = programs(settings, layout, state.weights(layout.state))
    stack = [program for program in found_programs if program.name in states]
    with ThreadPoolExecutor(max_workers=len(stack) or 1) as pool:
        healths = list(pool.map(health, stack))
    rows = [row(p, states[p.name], found) for p, found in zip(stack, healths, strict=True)]
    for line in table([HEAD, *rows]):
        terminal.say(line)
    if known is not None:
        terminal.say(f"\nmodel: {known.llm}")
    return all(found == READY for found in healths)


def health(program: Program) -> str:
    """Return `ready`, or what is wrong."""
    try:
        return readiness.problem(program) or READY
    except StackError as error:
        return str(error)


def row(program: Program, found: ProcessState, health: str) -> tuple[str, ...]:
    """Return one line of the table; supervisor's `BACKOFF` is a restart to everyone else."""
    shown = {"BACKOFF": "restarting", "FATAL": "given up"}.get(found.state, found.state.lower())
    uptime = ""
    if found.alive:
        uptime = str(dt.timedelta(seconds=max(0, found.now - found.started)))
    pid = str(found.pid) if found.pid else ""
    return (program.name, shown, pid, uptime, str(program.port), health)


def table(rows: Iterable[Sequence[str]]) -> list[str]:
    """Align the columns."""
    rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in rows
    ]


def _why_not(layout: Layout) -> str:
    if supervision.find(layout) is not None:
        return "The supervisor runs but does not answer. `make down`, then `make up`."
    if layout.state.exists():
        return "Membus is not running: its supervisor was killed. `make up` starts it again."
    return "Membus is not running. `make up` starts it."
