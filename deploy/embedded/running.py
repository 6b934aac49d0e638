"""One server as a child of this process: start, stop, kill, start again on the same data.

The stack itself runs under supervisor; this is for tests, benchmarks and the like.
"""

import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded import binaries
from deploy.embedded.failure import StackError
from deploy.embedded.servers import Server

POLL_S = 0.01


@dataclass
class Running:
    """A server and its process. Start it in a thread that lives as long as it shall.

    (The kernel ends the server when the thread that started it ends.)
    """

    server: Server
    start_timeout_s: float = 20.0
    stop_timeout_s: float = 10.0
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        """Put the log beside the data."""
        self.log = self.server.data.with_name(f"{self.server.data.name}.log")

    @property
    def url(self) -> str:
        """The address for clients; the same after a restart."""
        return self.server.url

    @property
    def port(self) -> int:
        """The port on 127.0.0.1; the same after a restart."""
        return self.server.port

    def start(self) -> None:
        """Start the server on its data and wait until it answers; nothing when it runs.

        Raises StackError with the end of its log when it does not come up.
        """
        if self.process is not None and self.process.poll() is None:
            return
        self.server.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.server.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=binaries.child_environment(),
                start_new_session=True,
            )
        try:
            self._wait(self.process)
        except StackError:
            self.kill()
            raise

    def stop(self) -> None:
        """Stop the server in its orderly way; kill it when that takes too long."""
        if self.process is None:
            return
        self.process.send_signal(self.server.stop_signal)
        try:
            self.process.wait(self.stop_timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """Kill the server as a crash would (SIGKILL)."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + self.start_timeout_s
        while process.poll() is None and time.monotonic() < deadline:
            if self.server.ready():
                return
            time.sleep(POLL_S)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
        msg = f"{self.server.name} did not start on port {self.port}:\n{tail}"
        raise StackError(msg)


def temporary_folder() -> Path:
    """Return a new folder for throw-away data, outside the checkout."""
    return Path(tempfile.mkdtemp(prefix="membus-"))
