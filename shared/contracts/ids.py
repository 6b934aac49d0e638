"""Identifiers that are safe as a token of a NATS subject."""

import re
import secrets
import time

# NATS splits subjects at dots and reads `*` and `>` as wildcards, so ids hold none of them.
SUBJECT_TOKEN = re.compile(r"[a-z0-9_-]+\Z")

MAX_USER_ID = 64
"""Characters of a user id at most."""

SYSTEM_USER = "_system"
"""The user id under which system memory travels."""


def new_id() -> str:
    """Return a fresh opaque id: 28 hexadecimal digits that sort by creation time (ms)."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def user_message_id(turn_id: str) -> str:
    """Return the id of the user's message in a turn; deterministic, so a redelivery adds none."""
    return f"{turn_id}-u"


def reply_message_id(turn_id: str) -> str:
    """Return the id of the assistant's reply in a turn; deterministic, as above."""
    return f"{turn_id}-a"
