"""The classes of failure, told apart by what must be done next.

Permanent: give up at once, the message can never be handled (bad data, or a bug of ours).
Dependency down: wait for it; nothing is wrong with the message.
Everything else is unknown: try again a few times.
"""

from typing import Literal, TypeAlias

Dependency: TypeAlias = Literal["nats", "redis", "postgres", "llm"]


class PermanentError(Exception):
    """The message can never be handled, however often it is tried."""


class DependencyDownError(Exception):
    """A server that the work needs does not answer. `dependency` names it."""

    def __init__(self, detail: str, *, dependency: Dependency) -> None:
        super().__init__(f"{dependency} is down: {detail}")
        self.dependency = dependency


class NotYetError(Exception):
    """The message must come again a little later: it waits for others, nothing is wrong."""


class QueueFullError(Exception):
    """A stream refuses more messages: whoever waits must come back later."""
