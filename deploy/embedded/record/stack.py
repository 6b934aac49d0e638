"""The running stack, for commands that work on it."""

import os
from dataclasses import dataclass

from deploy.embedded import addresses, dotenv_file, state
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.programs import Program, programs
from deploy.embedded.settings import ENV_FILE, LauncherSettings, read_settings
from deploy.embedded.supervisor_client import SupervisorClient, connect

NO_RECORD = (
    "There is no record: DATABASE_URL=none keeps everything in Redis only. Set DATABASE_URL=auto "
    "in .env, then `make down` and `make up`."
)


@dataclass(frozen=True)
class Stack:
    """The running stack, and how its supervisor is spoken with."""

    settings: LauncherSettings
    layout: Layout
    client: SupervisorClient
    backend: addresses.Backend

    @property
    def services(self) -> list[Program]:
        """The programs that use the record, in the order of the start."""
        weights = state.weights(self.layout.state)
        found = programs(self.settings, self.layout, weights)
        return [program for program in found if program.group == "services"]

    @property
    def environment(self) -> dict[str, str]:
        """What the services have besides the user's own environment."""
        return addresses.service_environment(self.settings, self.backend)

    @property
    def job_environment(self) -> dict[str, str]:
        """The whole environment of a job that works as a service does."""
        return {**os.environ, **self.environment}


def find(settings: LauncherSettings, *, unchanged: bool = False) -> Stack | None:
    """Return the stack, or None when it does not run.

    Raises StackError when its servers are elsewhere than these settings say, or (`unchanged`, for
    who starts its services) when it runs with any other settings.
    """
    layout = Layout(settings.data_dir)
    client, known = connect(layout.socket), state.read(layout.state)
    if client is None or known is None:
        return None
    moved = known.servers != state.servers(settings)
    if moved or (unchanged and known.fingerprint != state.fingerprint(settings, ENV_FILE)):
        msg = "The settings have changed since the start: `make down`, then `make up`, then again."
        raise StackError(msg)
    return Stack(settings, layout, client, known.backend)


def running(*, record: bool = True) -> Stack:
    """Return the running stack with its settings from `.env` and the environment.

    Raises StackError with the remedy when it does not run, or has no record but must have one.
    """
    dotenv_file.load(ENV_FILE)
    settings = read_settings()
    if record and not settings.has_record:
        raise StackError(NO_RECORD)
    found = find(settings)
    if found is None:
        msg = "Membus is not running. `make up` starts it."
        raise StackError(msg)
    return found
