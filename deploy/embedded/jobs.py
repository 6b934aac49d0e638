"""The one-shot jobs that run between the servers and the services."""

import os
import subprocess
import sys

from deploy.embedded.failure import StackError
from deploy.embedded.settings import CHECKOUT

TOPOLOGY_TIMEOUT_S = 30.0


def migrate(environment: dict[str, str], timeout_s: float) -> None:
    """Bring the record's schema up to date. Raises StackError with what is wrong with it."""
    _run(
        "shared.memory.migrate",
        environment,
        timeout_s,
        failed="Nothing was changed. DATABASE_URL in .env says which database it is.",
        late=f"The record's schema was not up to date after {timeout_s:.0f} s, and is as it was. "
        "A large record may need more time: START_TIMEOUT in .env.",
    )


def declare_topology(environment: dict[str, str]) -> None:
    """Make the streams and consumers. Raises StackError with what the job says when it fails."""
    _run(
        "shared.topology",
        environment,
        TOPOLOGY_TIMEOUT_S,
        failed="The streams and consumers could not be declared.",
        late="NATS did not take the streams and consumers in time; `make logs S=nats` may tell.",
    )


def _run(
    module: str, environment: dict[str, str], timeout_s: float, *, failed: str, late: str
) -> None:
    try:
        result = subprocess.run(
            [sys.executable, "-m", module],
            cwd=CHECKOUT,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(late) from error
    if result.returncode != 0:
        msg = f"{result.stderr.strip()}\n{failed}"
        raise StackError(msg)
