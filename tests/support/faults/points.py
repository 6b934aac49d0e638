"""Places on a turn's way at which a process can be struck down, and the striking itself.

`install` wraps, in this process alone, every publish, ack and Redis script; the product knows
nothing of it. A point is named `<service>:<before|after>:<what>`, where `what` is one of

    publish:<stream>    an event stored in a stream (`Bus.store`)
    send:<subject>      a core NATS message: token, outcome, applied, cancel and the like
    script:<name>       a Lua script in Redis
    commit:<what>       a transaction of the record: `record` (a batch of events), `forget`
    ack|nak|term|in_progress:<durable>

`Armory` arms a fault by a file named after the point; the process that reaches the point as the
nth one tells so, and sends itself the signal there and then, exactly once.
"""

import fcntl
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import wraps
from pathlib import Path
from typing import Any

from nats.aio.msg import Msg

from shared.broker import Bus
from shared.memory.connection import RedisConnection
from shared.memory.database import Database
from shared.memory.eraser import RecordEraser
from shared.memory.recorder import Recorder

Tell = Callable[[dict[str, Any]], None]
Namer = Callable[..., str | None]

ANSWERS = ("ack", "ack_sync", "nak", "term", "in_progress")
"""What a consumer may tell NATS of a message."""

TELEMETRY = ("metrics", "logs")

WRITES: tuple[tuple[type, str, str], ...] = (
    (Recorder, "apply", "record"),
    (RecordEraser, "forget", "forget"),
)
"""Who writes the record, and the names of their transactions; what is only read is no point."""

_writing: ContextVar[str | None] = ContextVar("writing", default=None)


@dataclass(frozen=True, slots=True)
class Fault:
    """A signal at the nth passage of a point, counted over all processes of the service."""

    fault_id: int
    point: str
    signal: int
    nth: int = 1

    @property
    def service(self) -> str:
        return self.point.partition(":")[0]

    def __str__(self) -> str:
        return f"{signal.Signals(self.signal).name} at {self.point}"


class Armory:
    """The folder in which armed faults lie; the harness writes, the processes read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def arm(self, fault: Fault) -> None:
        draft = self.folder / f".{fault.fault_id}"
        draft.write_text(json.dumps(asdict(fault)), encoding="utf-8")
        draft.rename(self.folder / fault.point)

    def disarm(self, fault: Fault) -> None:
        (self.folder / fault.point).unlink(missing_ok=True)


class Trigger:
    """Looks, in a service's process, at each point whether a fault is armed there."""

    def __init__(self, *, folder: Path, service: str, tell: Tell) -> None:
        self._folder = str(folder)
        self._service = service
        self._tell = tell
        self._passed: set[str] = set()

    def reach(self, place: str) -> None:
        point = f"{self._service}:{place}"
        if point not in self._passed:
            self._passed.add(point)
            self._tell({"event": "passed", "point": point})
        path = f"{self._folder}/{point}"
        if os.path.exists(path):  # noqa: PTH110 - at every point of every turn: the cheapest way
            self._strike(path)

    def _strike(self, path: str) -> None:
        fault = _take(path)
        if fault is None:
            return
        note = {"event": "struck", "at": time.time(), "pid": os.getpid(), **asdict(fault)}
        line = (json.dumps(note) + "\n").encode()
        journal = os.open(f"{self._folder}/.struck", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(journal, line)
        os.fsync(journal)
        os.close(journal)
        self._tell(note)
        os.kill(os.getpid(), fault.signal)


def _take(path: str) -> Fault | None:
    """Count one passage; returns the fault for the process whose turn it is."""
    with suppress(FileNotFoundError), open(path, "r+", encoding="utf-8") as file:  # noqa: PTH123
        fcntl.flock(file, fcntl.LOCK_EX)
        fault = Fault(**json.loads(file.read()))
        if fault.nth > 1:
            file.seek(0)
            file.truncate()
            file.write(json.dumps({**asdict(fault), "nth": fault.nth - 1}))
            return None
        # Whoever waited for the lock holds a file that lies in the folder no more.
        if os.fstat(file.fileno()).st_nlink == 0:
            return None
        os.unlink(path)  # noqa: PTH108
        return fault
    return None


def install(trigger: Trigger) -> None:
    """Wrap everything on a turn's way that can be seen from outside."""
    _wrap(Bus, "store", trigger, _publish)
    _wrap(Bus, "send_raw", trigger, _send)
    _wrap(RedisConnection, "run", trigger, _script)
    _wrap(Database, "commit", trigger, _commit)
    for owner, name, what in WRITES:
        _name_commits(owner, name, what)
    for answer in ANSWERS:
        _wrap(Msg, answer, trigger, _answer(answer))


def _wrap(owner: type, name: str, trigger: Trigger, namer: Namer) -> None:
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @wraps(original)
    async def wrapped(*args: Any, **named: Any) -> Any:
        what = namer(*args, **named)
        if what is None:
            return await original(*args, **named)
        trigger.reach(f"before:{what}")
        result = await original(*args, **named)
        trigger.reach(f"after:{what}")
        return result

    setattr(owner, name, wrapped)


def _publish(_bus: Bus, subject: str, *_: Any, stream: str | None = None, **_named: Any) -> str:
    return f"publish:{stream or subject.partition('.')[0]}"


def _send(_bus: Bus, subject: str, payload: bytes, *_: Any) -> str | None:
    kind = subject.partition(".")[0]
    if kind in TELEMETRY:
        return None
    if kind == "tokens":
        return "send:outcome" if b'"outcome":' in payload else "send:token"
    return f"send:{kind}"


def _script(_redis: RedisConnection, script: str, *_: Any, **_named: Any) -> str:
    return f"script:{script}"


def _commit(_database: Database, *_: Any) -> str | None:
    writing = _writing.get()
    return None if writing is None else f"commit:{writing}"


def _name_commits(owner: type, name: str, what: str) -> None:
    """Let the commits of a method be known by a name."""
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @wraps(original)
    async def wrapped(*args: Any, **named: Any) -> Any:
        before = _writing.set(what)
        try:
            return await original(*args, **named)
        finally:
            _writing.reset(before)

    setattr(owner, name, wrapped)


def _answer(answer: str) -> Namer:
    def name(message: Msg, *_: Any, **_named: Any) -> str | None:
        if not message.reply.startswith("$JS.ACK."):
            return None
        return f"{answer}:{message.metadata.consumer}"

    return name
