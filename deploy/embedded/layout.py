"""The files of a stack below its data folder."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 90
"""Unix allows 107 bytes, and supervisor binds to the path with `.<pid>` appended first."""


@dataclass(frozen=True)
class Layout:
    """Where everything lies: `nats`, `valkey`, `postgres` for data, `logs`, and `run`."""

    data: Path

    @property
    def logs(self) -> Path:
        """One log a program, rotated."""
        return self.data / "logs"

    @property
    def run(self) -> Path:
        """What exists only while the stack runs."""
        return self.data / "run"

    @property
    def conf(self) -> Path:
        """The configuration of supervisord, written at each start."""
        return self.run / "supervisord.conf"

    @property
    def pid_file(self) -> Path:
        """The pid of supervisord."""
        return self.run / "supervisord.pid"

    @property
    def lock(self) -> Path:
        """Held while one command starts, replaces or compacts: see `exclusive.py`."""
        return self.run / "up.lock"

    @property
    def state(self) -> Path:
        """What `make up` decided: see `state.State`."""
        return self.run / "state.json"

    @property
    def _socket_note(self) -> Path:
        return self.run / "socket-path"

    @property
    def socket(self) -> Path:
        """The socket of supervisord; in a temporary folder when the checkout's path is too long."""
        if self._socket_note.exists():
            return Path(self._socket_note.read_text(encoding="utf-8"))
        return self.run / "supervisor.sock"

    def log(self, program: str) -> Path:
        """Return a program's log."""
        return self.logs / f"{program}.log"

    def create(self) -> None:
        """Make the folders, readable by their owner only, and choose the socket's place."""
        for folder in (self.data, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if len(str(self.socket)) > SOCKET_PATH_LIMIT or not self.socket.parent.is_dir():
            folder = Path(tempfile.mkdtemp(prefix="membus-", dir="/tmp"))
            self._socket_note.write_text(str(folder / "supervisor.sock"), encoding="utf-8")

    def clear_run(self) -> None:
        """Remove what a stopped or killed stack left behind, sockets and pids."""
        socket = self.socket
        for stale in (socket, self.pid_file, self.state, self.conf, self._socket_note):
            stale.unlink(missing_ok=True)
        if socket.parent != self.run and socket.parent.is_dir():
            socket.parent.rmdir()
