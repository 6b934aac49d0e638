"""What `make up` decided, for the commands that come after it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.embedded.settings import LauncherSettings


@dataclass(frozen=True)
class State:
    """The running stack: its LLM in words, the weights in use, and the settings it started with.

    `servers` is a digest of where its servers are, `fingerprint` one of all settings.
    """

    llm: str
    weights: str
    backend: str
    fingerprint: str
    servers: str

    def write(self, path: Path) -> None:
        """Write the state."""
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")


def read(path: Path) -> State | None:
    """Read the state; None when there is none, or another version's."""
    try:
        return State(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def weights(path: Path) -> Path | None:
    """Return the weights that the engine of the running stack has; None without an engine."""
    known = read(path)
    return Path(known.weights) if known is not None and known.weights else None


def servers(settings: LauncherSettings) -> str:
    """Return a digest of where the servers are: with another one these are not the stack's."""
    ports = (settings.nats_port, settings.redis_port, settings.postgres_port)
    return hashlib.sha256(repr((ports, settings.database_url)).encode()).hexdigest()


def fingerprint(settings: LauncherSettings, env_file: Path) -> str:
    """Return a digest of the settings: another one means that the stack runs with old ones."""
    text = env_file.read_bytes() if env_file.exists() else b""
    return hashlib.sha256(settings.model_dump_json().encode() + text).hexdigest()
