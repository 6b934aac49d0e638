"""`restart`: one program, stopped in its orderly way, started and ready again."""

import time

from deploy.embedded import readiness, state, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.programs import Program, programs
from deploy.embedded.settings import LauncherSettings
from deploy.embedded.supervisor_client import SupervisorClient, connect
from deploy.embedded.supervisor_conf import STOP_WAIT_S

POLL_S = 0.05


def restart(settings: LauncherSettings, layout: Layout, name: str) -> None:
    """Restart the named program. Raises StackError when there is none or it does not come back."""
    client = connect(layout.socket)
    if client is None:
        msg = "Membus is not running. `make up` starts it."
        raise StackError(msg)
    stack = {p.name: p for p in programs(settings, layout, state.weights(layout.state))}
    known = [found for found in stack if found in client.states()]
    if name not in known:
        msg = f"There is no program {name!r}. Choose one of: S={', S='.join(known)}."
        raise StackError(msg)
    terminal.say(f"Restarting {name}")
    _stop(client, stack[name])
    client.start(stack[name].full_name)
    readiness.wait([stack[name]], client, layout, settings.start_timeout_s)


def _stop(client: SupervisorClient, program: Program) -> None:
    client.stop(program.full_name)
    deadline = time.monotonic() + STOP_WAIT_S + 5
    while client.states()[program.name].pid and time.monotonic() < deadline:
        time.sleep(POLL_S)
