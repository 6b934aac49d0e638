"""A checkout of its own, as a person would clone it, with ports and data of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil

from tests.support.servers import free_port

ROOT = Path(__file__).parents[2]
PORTS = (
    "API_PORT",
    "WEB_PORT",
    "ADMIN_PORT",
    "CONTEXT_PORT",
    "INFERENCE_PORT",
    "MEMORY_WRITER_PORT",
    "NATS_PORT",
    "REDIS_PORT",
    "POSTGRES_PORT",
    "ENGINE_PORT",
)


class Checkout:
    """A copy of the tracked files in which `make` works; the environment is shared."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.ports = {name: str(free_port()) for name in PORTS}
        self.environment = {**self.ports, **environment}
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(sys.prefix)

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.ports['API_PORT']}"

    def url(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    def run(self, *command: str, timeout_s: float = 150, **environment: str) -> str:
        """Run a command and return what it printed; a failure fails the test with its output."""
        done = self.try_to(*command, timeout_s=timeout_s, **environment)
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout

    def try_to(
        self, *command: str, timeout_s: float = 150, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command, whatever comes of it; its output is in `stdout`."""
        inherited = {k: v for k, v in os.environ.items() if k not in {"USER", "MAKEFLAGS"}}
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**inherited, **self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def pids(self) -> dict[str, int]:
        """Return the pid of every program that `make status` shows."""
        shown = self.try_to("make", "status").stdout
        found = re.findall(r"^(\w+) +\w+ +(\d+) ", shown, re.MULTILINE)
        return {name: int(pid) for name, pid in found}

    def left_behind(self) -> list[str]:
        """Return the command lines of processes that still work in this checkout."""
        found = []
        for process in psutil.process_iter(["cmdline"]):
            line = " ".join(process.info["cmdline"] or [])
            if str(self.folder) in line:
                found.append(line)
        return found
