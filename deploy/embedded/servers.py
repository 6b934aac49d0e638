"""The three real servers of the embedded stack: how each is run, and when it is ready.

Ready means that *this* server answers, not merely that somebody listens: each check compares what
the server says about itself (its name or data folder) with what it was started with.
"""

import json
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import binaries
from deploy.embedded.failure import StackError
from deploy.embedded.identity import short_hash
from deploy.embedded.postgres_data import initialise

HOST = "127.0.0.1"
"""The servers have no passwords yet: they must never listen elsewhere."""

NATS_CONF = Path(__file__).resolve().parents[1] / "nats.conf"
POSTGRES_OPTIONS = {
    "max_connections": "100",
    # A segment that is not used any more is deleted: one that is used again keeps what it held,
    # also what was forgotten.
    "wal_recycle": "off",
    # The log is for whoever runs the stack, and must not tell what users said: an error quotes the
    # statement and the values. Whoever made it gets the whole error.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
CHECK_TIMEOUT_S = 1.0
"""How long one readiness check may take; the caller repeats it."""


@dataclass(frozen=True)
class Server(ABC):
    """A server on a loopback port that keeps its data in a folder."""

    port: int
    data: Path

    name = ""
    stop_signal = signal.SIGTERM

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for clients."""

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command line that runs the server in the foreground, bound to its parent."""

    @abstractmethod
    def identity(self) -> str | None:
        """Ask the server on the port who it is; None when it does not answer yet."""

    @abstractmethod
    def expected_identity(self) -> str:
        """Return what `identity` answers when the server is this one."""

    def prepare(self) -> None:
        """Create what the server needs before its first start."""
        self.data.mkdir(parents=True, exist_ok=True)

    def ready(self) -> bool:
        """Tell whether this server answers.

        Raises StackError when another server has the port.
        """
        found = self.identity()
        if found is None:
            return False
        if found != self.expected_identity():
            msg = (
                f"Another {self.name} server ({found}) answers on port {self.port}. "
                f"Stop it, or choose another port in .env."
            )
            raise StackError(msg)
        return True


class Nats(Server):
    """nats-server with JetStream; its name is made of the data folder's path."""

    name = "nats"

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"nats://{HOST}:{self.port}"

    def command(self) -> list[str]:
        """Return the command line; the flags win over the file."""
        options = ["-a", HOST, "-p", str(self.port), "-n", self.expected_identity()]
        executable = str(binaries.nats_server())
        return binaries.guarded(
            [executable, "-c", str(NATS_CONF), *options, "-sd", str(self.data.resolve())]
        )

    def identity(self) -> str | None:
        """Read the server's name from the INFO that NATS sends to a new connection."""
        line = _ask(self.port, b"")
        if not line.startswith(b"INFO ") or not line.endswith(b"\n"):
            return None
        name = json.loads(line[5:]).get("server_name")
        return str(name)

    def expected_identity(self) -> str:
        """Return the server's name."""
        return f"membus-{short_hash(self.data)}"


class Valkey(Server):
    """valkey-server: every write is in the append-only file before it is answered."""

    name = "valkey"

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"redis://{HOST}:{self.port}/0"

    def command(self) -> list[str]:
        """Return the command line. Nothing is evicted: a full memory is an error, not a loss."""
        options = {
            "bind": HOST,
            "port": str(self.port),
            "dir": self.expected_identity(),
            "appendonly": "yes",
            "save": "",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
        }
        flags = [part for key, value in options.items() for part in (f"--{key}", value)]
        return binaries.guarded([str(binaries.valkey_server()), *flags])

    def identity(self) -> str | None:
        """Ask for the working folder; while the data is being loaded PING is an error."""
        lines = _ask(self.port, b"PING\r\nCONFIG GET dir\r\n", until=b"\r\n", lines=6).split(
            b"\r\n"
        )
        # +PONG, *2, $3, dir, $length, the folder
        if lines[0] != b"+PONG" or len(lines) < 7:  # noqa: PLR2004 - the lines just listed
            return None
        return lines[5].decode()

    def expected_identity(self) -> str:
        """Return the data folder."""
        return str(self.data.resolve())


@dataclass(frozen=True)
class Postgres(Server):
    """PostgreSQL with pgvector and an empty database `membus`.

    `durable=False` spares the disk in tests: such data survives a killed process, not a power cut.
    """

    durable: bool = True

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for the clients to leave

    @property
    def url(self) -> str:
        """The address for clients."""
        return f"postgresql://postgres@{HOST}:{self.port}/membus"

    def prepare(self) -> None:
        """Make the cluster at the first start; clear the lock of a killed server."""
        initialise(self.data, durable=self.durable)

    def command(self) -> list[str]:
        """Return the command line; no Unix socket, as its folder would be shared."""
        options = ["-D", self.expected_identity(), "-h", HOST, "-p", str(self.port), "-k", ""]
        for name, value in POSTGRES_OPTIONS.items():
            options += ["-c", f"{name}={value}"]
        if not self.durable:
            options += ["-c", "fsync=off"]
        return binaries.guarded(
            [str(binaries.postgres("postgres")), *options],
            plain_user=self.data,
            death=self.stop_signal,
        )

    def identity(self) -> str | None:
        """Ask a real session for the data folder: an open port is not yet a ready server."""
        target = ["-h", HOST, "-p", str(self.port), "-U", "postgres", "-d", "membus"]
        command = [str(binaries.postgres("psql")), *target, "-XAtwc", "SHOW data_directory"]
        try:
            answer = subprocess.run(
                command, capture_output=True, text=True, timeout=CHECK_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        return answer.stdout.strip() or None

    def expected_identity(self) -> str:
        """Return the data folder."""
        return str(self.data.resolve())


def _ask(port: int, question: bytes, *, until: bytes = b"\n", lines: int = 1) -> bytes:
    """Send a question and read that many lines; what has come so far when it fails."""
    answer = b""
    try:
        with socket.create_connection((HOST, port), CHECK_TIMEOUT_S) as connection:
            connection.sendall(question)
            while answer.count(until) < lines:
                chunk = connection.recv(65536)
                if not chunk:
                    break
                answer += chunk
    except OSError:
        return b""
    return answer
