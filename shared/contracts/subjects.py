"""Every subject, stream and durable of Membus, declared once.

A `Subject` binds name, event and stream in one typed object, so that publishing the wrong event
is a type error. `shared/topology.py` applies the streams and durables; nobody else may.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from shared.contracts.events import (
    ChatPrompted,
    ChatRequested,
    DeadLettered,
    EmbedAsked,
    ExtractAsked,
    LogEmitted,
    MetricRecorded,
    ModelsAsked,
    ModelShowAsked,
    SummarizeAsked,
    TokensMissed,
    TokenStreamed,
    TurnCancelled,
)
from shared.contracts.ids import SUBJECT_TOKEN
from shared.contracts.memory import (
    AdvisoryRaised,
    ConversationChanged,
    EventApplied,
    FactNoticed,
    FactsStated,
    ForgetRequested,
    MessageAdded,
    PreferencesChanged,
    SystemMemoryChanged,
    TurnClosed,
)
from shared.contracts.parts import Part

# Invariant, so that `publish(Subject[E], E)` refuses an event of another subject.
E = TypeVar("E", bound=Part)


@dataclass(frozen=True, slots=True)
class Subject(Generic[E]):
    """A subject with placeholders (`chat.requested.{turn}`), its event, and its stream if any."""

    pattern: str
    event: type[E]
    stream: str | None = None
    description: str = ""

    @property
    def wildcard(self) -> str:
        """The subscription that matches every instance: each placeholder becomes `*`."""
        return ".".join("*" if token.startswith("{") else token for token in self._tokens())

    def at(self, *values: str) -> str:
        """Fill the placeholders in order.

        Raises ValueError when a value is not a safe subject token or their number is wrong.
        """
        rest = iter(values)
        filled = [self._fill(rest) if t.startswith("{") else t for t in self._tokens()]
        if next(rest, None) is not None:
            msg = f"too many values for subject {self.pattern}"
            raise ValueError(msg)
        return ".".join(filled)

    def _tokens(self) -> list[str]:
        return self.pattern.split(".")

    def _fill(self, values: Iterator[str]) -> str:
        value = next(values, "")
        if not SUBJECT_TOKEN.match(value):
            msg = f"{value!r} cannot stand in subject {self.pattern}"
            raise ValueError(msg)
        return value


CHAT_REQUESTED = Subject(
    "chat.requested.{turn}", ChatRequested, "REQUESTS", "A client asked; the turn is open."
)
CHAT_PROMPTED = Subject(
    "chat.prompted.{turn}", ChatPrompted, "PROMPTS", "The prompt is built and waits for the model."
)
TURN_CLOSED = Subject(
    "memory.{user}.turn", TurnClosed, "MEMORY", "A turn has ended, in whatever way."
)
MESSAGE_ADDED = Subject(
    "memory.{user}.message", MessageAdded, "MEMORY", "A message came from outside a chat turn."
)
PREFERENCES_CHANGED = Subject(
    "memory.{user}.preference", PreferencesChanged, "MEMORY", "Preferences were set or removed."
)
FACTS_STATED = Subject(
    "memory.{user}.fact", FactsStated, "MEMORY", "Facts were found, stated or changed."
)
CONVERSATION_CHANGED = Subject(
    "memory.{user}.conversation",
    ConversationChanged,
    "MEMORY",
    "A conversation was named, tagged, ranked, or given an end.",
)
SYSTEM_CHANGED = Subject(
    "memory.{user}.system", SystemMemoryChanged, "MEMORY", "A memory of the system was changed."
)
FORGET_REQUESTED = Subject(
    "memory.{user}.forget",
    ForgetRequested,
    "MEMORY",
    "A user, a conversation, a message or a fact shall be forgotten.",
)
FACT_NOTICED = Subject(
    "noticed.{user}", FactNoticed, None, "The state of a fact has changed; not stored."
)
TOKENS = Subject(
    "tokens.{gateway}.{turn}", TokenStreamed, None, "Tokens on the way to a client; not stored."
)
TOKENS_MISSED = Subject(
    "missed.{turn}", TokensMissed, None, "Send a running turn's text so far again; not stored."
)
CANCEL = Subject("cancel.{turn}", TurnCancelled, None, "The user stopped a turn; not stored.")
APPLIED = Subject("applied.{event}", EventApplied, None, "A write is visible now; not stored.")
LLM_MODELS = Subject("llm.models", ModelsAsked, None, "Request/reply: the models on offer.")
LLM_SHOW = Subject("llm.show", ModelShowAsked, None, "Request/reply: one model in detail.")
LLM_EXTRACT = Subject("llm.extract", ExtractAsked, None, "Request/reply: facts in a text.")
LLM_EMBED = Subject("llm.embed", EmbedAsked, None, "Request/reply: vectors of texts.")
LLM_SUMMARIZE = Subject(
    "llm.summarize", SummarizeAsked, None, "Request/reply: what was talked about."
)
METRICS = Subject(
    "metrics.{service}.{event}", MetricRecorded, "TELEMETRY", "A measured event of a service."
)
LOGS = Subject("logs.{service}.{level}", LogEmitted, "TELEMETRY", "A log line of a service.")
DEAD = Subject("dead.>", DeadLettered, "DEAD", "What could not be handled, with the error.")
MAX_DELIVERIES = Subject(
    "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>",
    AdvisoryRaised,
    "ADVISORIES",
    "NATS: a message was delivered as often as allowed, and was never acked.",
)
MSG_TERMINATED = Subject(
    "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>",
    AdvisoryRaised,
    "ADVISORIES",
    "NATS: a consumer will not see this message again.",
)

SUBJECTS: tuple[Subject[Any], ...] = (
    CHAT_REQUESTED,
    CHAT_PROMPTED,
    TURN_CLOSED,
    MESSAGE_ADDED,
    PREFERENCES_CHANGED,
    FACTS_STATED,
    CONVERSATION_CHANGED,
    SYSTEM_CHANGED,
    FORGET_REQUESTED,
    FACT_NOTICED,
    TOKENS,
    TOKENS_MISSED,
    CANCEL,
    APPLIED,
    LLM_MODELS,
    LLM_SHOW,
    LLM_EXTRACT,
    LLM_EMBED,
    LLM_SUMMARIZE,
    METRICS,
    LOGS,
    DEAD,
    MAX_DELIVERIES,
    MSG_TERMINATED,
)


def dead_subject(subject: str) -> str:
    """Return where a message of `subject` goes when it cannot be handled."""
    return f"dead.{subject}"


@dataclass(frozen=True, slots=True)
class Stream:
    """A JetStream stream. Ages and windows in seconds, sizes in bytes; 0 means no limit.

    `work_queue` keeps a message until it is acked; otherwise `max_age_s` decides.
    `discard_new` refuses a publish when full (a lost request is worse than a refused one).
    """

    name: str
    subjects: tuple[str, ...]
    work_queue: bool = False
    storage: Literal["file", "memory"] = "file"
    max_msgs: int = 0
    max_bytes: int = 0
    max_age_s: float = 0
    duplicate_window_s: float = 120
    discard_new: bool = False
    publish_ack: bool = True


@dataclass(frozen=True, slots=True)
class Durable:
    """A durable pull consumer. `max_deliver` -1 means without limit; `ack_wait_s` in seconds.

    `workers` is how many messages one process handles at a time.
    """

    name: str
    stream: str
    filters: tuple[str, ...]
    ack_wait_s: float
    max_ack_pending: int
    max_deliver: int = -1
    workers: int = 1
    heartbeat_s: float = 5.0

    def scaled(self, time_scale: float) -> "Durable":
        """Return the durable with shorter waits, for tests (`TIME_SCALE`)."""
        return replace(
            self,
            ack_wait_s=self.ack_wait_s * time_scale,
            heartbeat_s=self.heartbeat_s * time_scale,
        )


DAY_S = 86_400.0
MIB = 1024 * 1024

STREAMS: tuple[Stream, ...] = (
    Stream(
        "REQUESTS",
        (CHAT_REQUESTED.wildcard,),
        work_queue=True,
        max_msgs=1_000,
        max_bytes=256 * MIB,
        discard_new=True,
        # A turn may be published again for as long as it can be in work: longer than its deadline.
        duplicate_window_s=1_800,
    ),
    Stream(
        "PROMPTS",
        (CHAT_PROMPTED.wildcard,),
        work_queue=True,
        # Larger than REQUESTS: what was accepted must always find room in the second hop.
        max_msgs=4_000,
        max_bytes=1024 * MIB,
        discard_new=True,
        duplicate_window_s=1_800,
    ),
    Stream("MEMORY", ("memory.>",), max_age_s=30 * DAY_S, duplicate_window_s=1_800),
    # An advisory may be read an hour late, and must not bury its message a second time.
    Stream("DEAD", (DEAD.pattern,), max_age_s=14 * DAY_S, duplicate_window_s=7_200),
    Stream(
        "ADVISORIES",
        (MAX_DELIVERIES.pattern, MSG_TERMINATED.pattern),
        max_age_s=3_600,
        max_bytes=16 * MIB,
    ),
    Stream(
        "TELEMETRY",
        ("metrics.>", "logs.>"),
        storage="memory",
        max_age_s=3_600,
        max_bytes=64 * MIB,
        publish_ack=False,
    ),
)

CONTEXT_LOADER = Durable(
    "context-loader",
    "REQUESTS",
    (CHAT_REQUESTED.wildcard,),
    ack_wait_s=15,
    max_ack_pending=64,
    workers=64,
)
INFERENCE = Durable(
    "inference",
    "PROMPTS",
    (CHAT_PROMPTED.wildcard,),
    ack_wait_s=10,
    max_ack_pending=1,
    max_deliver=3,
    heartbeat_s=3.0,
)
_SAID = (TURN_CLOSED.wildcard, MESSAGE_ADDED.wildcard)
_REMEMBERED = (
    *_SAID,
    PREFERENCES_CHANGED.wildcard,
    FACTS_STATED.wildcard,
    CONVERSATION_CHANGED.wildcard,
    SYSTEM_CHANGED.wildcard,
)
REDIS_WRITER = Durable(
    "redis-writer", "MEMORY", _REMEMBERED, ack_wait_s=15, max_ack_pending=64, workers=16
)
ARCHIVE_WRITER = Durable(
    "archive-writer", "MEMORY", _REMEMBERED, ack_wait_s=15, max_ack_pending=256, workers=64
)
"""Keeps the record; events that come together share one transaction."""

FORGETTER = Durable(
    "forgetter", "MEMORY", (FORGET_REQUESTED.wildcard,), ack_wait_s=15, max_ack_pending=4, workers=2
)
"""Forgets in every store, in the streams and in the dead letters."""

FACT_EXTRACTOR = Durable(
    "fact-extractor", "MEMORY", _SAID, ack_wait_s=30, max_ack_pending=16, workers=4
)
"""Finds facts by rules, at once."""

FACT_EXTRACTOR_LLM = Durable(
    "fact-extractor-llm", "MEMORY", _SAID, ack_wait_s=60, max_ack_pending=1, max_deliver=3
)
"""Finds facts by the model, while no chat turn waits."""

JANITOR_ADVISORIES = Durable(
    "janitor-advisories",
    "ADVISORIES",
    (MAX_DELIVERIES.pattern, MSG_TERMINATED.pattern),
    ack_wait_s=15,
    max_ack_pending=16,
)
"""Brings messages that NATS gave up to the dead letters: no worker lives to do it."""

JANITOR_LETTERS = Durable(
    "janitor-letters", "DEAD", ("dead.chat.>",), ack_wait_s=15, max_ack_pending=16
)
"""Fails the turn of a dead letter, on whatever way it came there."""

DURABLES: tuple[Durable, ...] = (
    CONTEXT_LOADER,
    INFERENCE,
    REDIS_WRITER,
    ARCHIVE_WRITER,
    FORGETTER,
    FACT_EXTRACTOR,
    FACT_EXTRACTOR_LLM,
    JANITOR_ADVISORIES,
    JANITOR_LETTERS,
)
