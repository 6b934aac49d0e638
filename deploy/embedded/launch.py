"""`up`: everything is started in order, or nothing is left running."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from deploy.embedded import (
    addresses,
    dotenv_file,
    exclusive,
    jobs,
    llm,
    preflight,
    readiness,
    state,
    summary,
    supervision,
    supervisor_conf,
    terminal,
)
from deploy.embedded.layout import Layout
from deploy.embedded.programs import Program, programs
from deploy.embedded.settings import ENV_FILE, LauncherSettings, read_settings
from deploy.embedded.supervisor_client import SupervisorClient, connect

Step: TypeAlias = Callable[[], None]


def up() -> None:
    """Start the stack and wait until every part is ready; when it runs, only say where.

    Raises StackError, with everything stopped again, when a part cannot start.
    """
    settings, layout = bring_up()
    summary.show(settings, layout)


def bring_up(*, before_services: Step = lambda: None) -> tuple[LauncherSettings, Layout]:
    """Start the stack, or what of it has stopped, and wait until every part is ready.

    `before_services` is done when the servers are ready, unless the services run already.
    Raises StackError, with everything stopped again, when a part cannot start.
    """
    started = time.monotonic()
    _show_once(dotenv_file.ensure(ENV_FILE))
    dotenv_file.load(ENV_FILE)
    settings = read_settings()
    layout = Layout(settings.data_dir)
    preflight.require_folder(layout.data)
    layout.create()
    with exclusive.alone(layout), exclusive.interruptions_are_exceptions():
        client = connect(layout.socket)
        known = state.read(layout.state)
        # Without a state an earlier `make up` was killed half-way: begin again.
        if client is not None and known is not None:
            _ensure(client, known, settings, layout)
            terminal.say("Membus is running.")
        else:
            _start(settings, layout, before_services)
            terminal.say(f"\nMembus is ready ({time.monotonic() - started:.1f} s).")
    return settings, layout


def _show_once(generated: dict[str, str]) -> None:
    if generated:
        terminal.say(f"Made {ENV_FILE} with this installation's own secrets.")
    if "ADMIN_PASSWORD" in generated:
        terminal.say(f"The admin password, shown only now: {generated['ADMIN_PASSWORD']}\n")


def _start(settings: LauncherSettings, layout: Layout, before_services: Step) -> None:
    terminal.say("Starting Membus")
    was_killed = layout.pid_file.exists()
    supervision.stop(layout)  # what a killed supervisor left: its socket and pid
    layout.create()
    preflight.require_space(layout.data, preflight.NEEDED_BYTES)
    # Before a download of half a gigabyte, not after it.
    preflight.require_ports(
        programs(settings, layout, None),
        settings.host,
        linger_s=preflight.LINGER_S if was_killed else 0,
    )
    chosen = llm.choose(settings)
    stack = programs(settings, layout, chosen.weights)
    preflight.require_ports(stack, settings.host)
    for program in stack:
        if program.server is not None:
            program.server.prepare()
    environment = addresses.service_environment(settings, chosen.backend)
    with _all_or_nothing(layout):
        client = supervision.start(layout, supervisor_conf.render(stack, layout), environment)
        _start_servers(client, stack, settings, layout, chosen.backend)
        before_services()
        _start_services(client, stack, settings, layout)
    state.State(
        llm=chosen.description,
        weights=str(chosen.weights or ""),
        backend=chosen.backend,
        fingerprint=state.fingerprint(settings, ENV_FILE),
        servers=state.servers(settings),
    ).write(layout.state)
    for remedy in chosen.remedies:
        terminal.note(remedy)


def _start_servers(
    client: SupervisorClient,
    stack: list[Program],
    settings: LauncherSettings,
    layout: Layout,
    backend: addresses.Backend,
) -> None:
    """Servers (and the engine, which loads meanwhile), then schema and topology."""
    first = [program for program in stack if program.group != "services"]
    for program in first:
        client.start(program.full_name)
    servers = [program for program in first if program.server is not None]
    readiness.wait(servers, client, layout, settings.start_timeout_s)
    if settings.has_record:
        with terminal.step("schema of the record"):
            jobs.migrate(addresses.owner_environment(settings, backend), settings.start_timeout_s)
    environment = addresses.service_environment(settings, backend)
    with terminal.step("streams and consumers"):
        jobs.declare_topology(environment)


def _start_services(
    client: SupervisorClient, stack: list[Program], settings: LauncherSettings, layout: Layout
) -> None:
    for program in stack:
        if program.group == "services":
            client.start(program.full_name)
    rest = [program for program in stack if program.server is None]
    readiness.wait(rest, client, layout, settings.start_timeout_s)


def _ensure(
    client: SupervisorClient, known: state.State, settings: LauncherSettings, layout: Layout
) -> None:
    """Start what has stopped in a running stack, and wait for what is not ready."""
    if known.fingerprint != state.fingerprint(settings, ENV_FILE):
        terminal.note("The settings have changed since the start: `make down`, then `make up`.")
        return
    states = client.states()
    found = programs(settings, layout, state.weights(layout.state))
    stack = [program for program in found if program.name in states]
    stopped = [p for p in stack if not states[p.name].alive]
    for program in stopped:
        client.start(program.full_name)
    unready = [p for p in stack if p in stopped or readiness.problem(p) is not None]
    readiness.wait(unready, client, layout, settings.start_timeout_s)


@contextmanager
def _all_or_nothing(layout: Layout) -> Iterator[None]:
    """Stop everything again when the start fails or is interrupted."""
    try:
        yield
    except BaseException:  # also Ctrl-C: what was started must not outlive this
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second one would leave the rest running
        terminal.say("  stopping what was started …")
        supervision.stop(layout)
        raise
