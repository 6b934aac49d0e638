"""Every Redis key of Membus. Nothing else builds a key.

A user id holds no colon (it is a subject token), a conversation id may hold anything: it always
stands last, so that two different pairs never share a key.
"""

import hashlib

LIVE_CONVERSATIONS = "live:conversations"
"""Sorted set of `user:conversation` by expiry (ms): counting it is counting live conversations."""

LIVE_USERS = "live:users"
"""Sorted set of user ids by expiry (ms)."""

LIVE_MESSAGES = "live:messages"
"""Hash of `user:conversation` to the number of messages that Redis holds of it."""

TOTALS = "totals"
"""Hash of counters that move in the script that really inserted."""

LIVE_TURNS = "live:turns"
"""Sorted set of the ids of open turns by deadline (ms); the same from the oldest to the newest."""

EXPIRING = "expiring"
"""Sorted set of `message id user:conversation` by the message's own expiry (ms)."""

REBUILT = "rebuilt"
"""String: when Redis was last known to hold all of the record that it should."""

REBUILDER = "rebuilder"
"""String: who puts back into Redis what the record holds; it expires with whoever died."""

FOLDING = "folding"
"""Sorted set of user ids by the moment (ms) at which a fact changes by time alone."""

PACE = "pace"
"""Hash: `mean_ms`, how long the model's slot was taken by a turn lately (a moving average)."""

ENDS = "ends"
"""Sorted set of `user:conversation` by the end (ms) that was set by hand."""

COUNTED_TURNS = "counted-turns"
"""Sorted set of the ids of turns that the figures of models hold, by their end (ms)."""

MODEL_FIGURES = "model-figures"
"""Hash: `field bucket model` to a sum, where Redis is all there is."""

SYSTEM = "system"
"""Hash: key to a memory of the system, with the time and sequence that won; removed ones too."""

SYSTEM_LIVE = "system-live"
"""Sorted set of the keys of the system's memories by expiry (ms): counting it is counting them."""

SYSTEM_READS = "system-reads"
"""Hash: key to how often a memory of the system was asked for."""

TURN_PREFIX = "turn:"
MESSAGES_PREFIX = "messages:"
ORDER_PREFIX = "order:"
CONVERSATION_PREFIX = "conversation:"
TOPICS_PREFIX = "topics:"
TOPIC_COUNTS_PREFIX = "topic-counts:"
TOPIC_WEIGHTS_PREFIX = "topic-weights:"


def turn(turn_id: str) -> str:
    """Hash: the turn record."""
    return f"{TURN_PREFIX}{turn_id}"


def open_prefix(user_id: str) -> str:
    """Return what `open_turns` starts with for every conversation of a user."""
    return f"open:{user_id}:"


def open_turns(user_id: str, conversation_id: str) -> str:
    """Sorted set: the open turns of a conversation in the order of acceptance."""
    return open_prefix(user_id) + conversation_id


def latest(user_id: str) -> str:
    """Name the key of the conversation that a user's next turn continues; it expires when idle."""
    return f"latest:{user_id}"


def latest_incognito(user_id: str) -> str:
    """Name the key of the incognito conversation that the next such turn continues."""
    return f"latest-incognito:{user_id}"


def user_turns(user_id: str) -> str:
    """Sorted set: the open turns of a user by deadline (ms)."""
    return f"user-turns:{user_id}"


def turn_records(user_id: str) -> str:
    """Sorted set: the ids of a user's turn records by expiry (ms)."""
    return f"turn-records:{user_id}"


def barrier(user_id: str) -> str:
    """Hash: until when (µs) something was forgotten, by what it is (`lua/_barrier.lua`)."""
    return f"forgotten:{user_id}"


def receipt(event_id: str) -> str:
    """Name the string that tells what came of a request to forget, for a day."""
    return f"receipt:{event_id}"


def idempotency(user_id: str, key_hash: str) -> str:
    """Hash: the turn that a client's Idempotency-Key stands for, and its body's fingerprint."""
    return f"idempotency:{user_id}:{key_hash}"


def ephemeral(user_id: str, conversation_id: str) -> str:
    """Sorted set: messages of incognito turns by their place (µs); kept for two hours."""
    return ephemeral_prefix(user_id) + conversation_id


def ephemeral_prefix(user_id: str) -> str:
    """Return what `ephemeral` starts with for every conversation of a user."""
    return f"ephemeral:{user_id}:"


def branches(user_id: str, conversation_id: str) -> str:
    """Hash: end of a superseded stretch (µs, not in it) to its beginning (µs)."""
    return f"branches:{user_id}:{conversation_id}"


def messages_prefix(user_id: str) -> str:
    """Return what `messages` starts with for every conversation of a user."""
    return f"{MESSAGES_PREFIX}{user_id}:"


def conversation(user_id: str, conversation_id: str) -> str:
    """Hash: counts and times of a conversation.

    `partial` stands in it while the record may hold what Redis does not, `trimmed` where its oldest
    messages have left Redis.
    """
    return f"{CONVERSATION_PREFIX}{user_id}:{conversation_id}"


def messages(user_id: str, conversation_id: str) -> str:
    """Hash: message id to message."""
    return messages_prefix(user_id) + conversation_id


def order_prefix(user_id: str) -> str:
    """Return what `order` starts with for every conversation of a user."""
    return f"{ORDER_PREFIX}{user_id}:"


def order(user_id: str, conversation_id: str) -> str:
    """Sorted set: `sequence:message id` by the message's place (µs)."""
    return order_prefix(user_id) + conversation_id


def arrived(user_id: str) -> str:
    """Sorted set: `message id conversation` by arrival (ms): what the record may not have yet."""
    return f"arrived:{user_id}"


def user(user_id: str) -> str:
    """Hash: times of a user."""
    return f"user:{user_id}"


def preferences(user_id: str) -> str:
    """Hash: preference key to its latest value, with the time and sequence that won."""
    return f"preferences:{user_id}"


def claims(user_id: str) -> str:
    """Hash: claim id to claim; the state of all facts is a fold of them."""
    return f"claims:{user_id}"


def facts(user_id: str) -> str:
    """Hash: the fold of the claims, as of one moment.

    `facts` are the active ones as prompts take them, `preferences` those of both homes, `states`
    the status of each fact by its id, `due_ms` when they change by time alone. `revision` is new
    with every change of what is folded, `folded` the one that was, `folds` counts the folds.
    """
    return f"facts:{user_id}"


def said(user_id: str) -> str:
    """Hash: what was said a moment ago, and how far facts were sought in it; kept for a minute.

    `said_seq` and `said_ms` of the latest message, `extracted_seq`, and `ended:<turn>` in ms for
    every turn that has ended and is not applied yet.
    """
    return f"said:{_nameless(user_id)}"


def applied(user_id: str) -> str:
    """Sorted set: `durable sequence` of memory events that a durable has handled, by sequence.

    It outlives a user who was forgotten, and does not name them.
    """
    return f"applied:{_nameless(user_id)}"


def changes(user_id: str, conversation_id: str) -> str:
    """Hash: what was set of a conversation by hand, with the time and sequence that won."""
    return f"changes:{user_id}:{conversation_id}"


def topics(user_id: str, conversation_id: str) -> str:
    """Hash: topic of a conversation to its count and weight."""
    return f"{TOPICS_PREFIX}{user_id}:{conversation_id}"


def topic_counts(user_id: str) -> str:
    """Hash: topic to its count, of a user or of all ('')."""
    return f"{TOPIC_COUNTS_PREFIX}{user_id}"


def topic_weights(user_id: str) -> str:
    """Sorted set: topics by weight, of a user or of all ('')."""
    return f"{TOPIC_WEIGHTS_PREFIX}{user_id}"


def tallies(user_id: str) -> tuple[str, str, str, str]:
    """Return counts and weights of a user's topics, then those of all users."""
    return topic_counts(user_id), topic_weights(user_id), topic_counts(""), topic_weights("")


def user_conversations(user_id: str) -> str:
    """Sorted set: conversation ids of a user by their last message's time (ms)."""
    return f"conversations:{user_id}"


def member(user_id: str, conversation_id: str) -> str:
    """Name a conversation among those of all users."""
    return f"{user_id}:{conversation_id}"


def _nameless(user_id: str) -> str:
    """Return what stands for a user where a key may outlive one who was forgotten."""
    return hashlib.sha256(user_id.encode()).hexdigest()[:32]
