"""The HTTP bodies of what is set by hand: of conversations, and of the system's memory."""

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from services.gateway.schemas import Body, Name, ShortText, addressable
from shared.contracts.memory import ConversationChanges
from shared.contracts.parts import Priority, utcnow
from shared.memory.models import SystemMemory

LONGEST_TITLE = 200
MOST_BYTES = 64 * 1024
"""Of a system memory's value as JSON: what is larger is a document, and no memory."""

DEEPEST = 64
"""Levels of a system memory's value: no parser on its way gives up on them."""


class ConversationPatch(Body):
    """What to change of a conversation; a field that is absent or null stays as it is."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={"examples": [{"title": "Holidays", "tags": ["travel"]}]},
    )

    title: Annotated[ShortText, Field(max_length=LONGEST_TITLE)] | None = Field(
        default=None, description="An empty one is taken back: what was said first names it again."
    )
    tags: list[Name] | None = Field(default=None, max_length=64)
    priority: Priority | None = Field(
        default=None, description="A critical conversation never expires from Redis."
    )
    ttl_seconds: int | None = Field(
        default=None,
        ge=1,
        le=10 * 365 * 86_400,
        description="The conversation is forgotten after that, in every store.",
    )

    def changes(self) -> ConversationChanges:
        """Return the changes as events carry them."""
        lives = self.ttl_seconds
        return ConversationChanges(
            title=None if self.title is None else self.title.strip(),
            tags=None if self.tags is None else tuple(dict.fromkeys(self.tags)),
            priority=self.priority,
            expires_at=None if lives is None else utcnow() + timedelta(seconds=lives),
        )


SystemKey = Annotated[Name, AfterValidator(addressable)]


def _storable(value: JsonValue) -> JsonValue:
    """Refuse what JSON has no word for, or what PostgreSQL cannot keep."""
    if _depth(value) > DEEPEST:
        msg = f"must not be nested more than {DEEPEST} levels deep"
        raise ValueError(msg)
    # Both raise ValueError: for NaN, and for half a character.
    told = json.dumps(value, allow_nan=False, ensure_ascii=False)
    told.encode()
    if "\\u0000" in told:
        msg = "the control character U+0000 is not allowed"
        raise ValueError(msg)
    return value


def _depth(value: Any) -> int:
    """Return how deep a value is nested, without recursion."""
    deepest, level = 0, [value]
    while level and deepest <= DEEPEST:
        deepest += 1
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level = inner
    return deepest


class SystemBody(Body):
    """A memory of the system."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"value": {"version": "1.0"}, "kind": "system_facts", "tags": ["release"]}]
        },
    )

    value: Annotated[JsonValue, AfterValidator(_storable)]
    kind: Literal["system_facts", "knowledge", "preferences"] = "system_facts"
    tags: list[Name] = Field(default=[], max_length=64)
    priority: Priority = "medium"
    ttl_seconds: int | None = Field(default=None, ge=1, le=10 * 365 * 86_400)

    @property
    def expires_at(self) -> datetime | None:
        """When it is over, counted from now."""
        lives = self.ttl_seconds
        return None if lives is None else utcnow() + timedelta(seconds=lives)

    @property
    def value_bytes(self) -> int:
        """How many bytes its value has as JSON."""
        return len(json.dumps(self.value, ensure_ascii=False, separators=(",", ":")).encode())


class SystemView(BaseModel):
    """A memory of the system, and how often it was asked for as long as Redis remembers."""

    key: str
    value: JsonValue
    kind: str
    tags: list[str]
    priority: Priority
    updated_at: AwareDatetime
    expires_at: AwareDatetime | None
    access_count: int

    @classmethod
    def of(cls, memory: SystemMemory, *, access_count: int) -> "SystemView":
        """Show a memory."""
        return cls(
            key=memory.key,
            value=memory.value,
            kind=memory.kind,
            tags=list(memory.tags),
            priority=memory.priority,
            updated_at=memory.set_at,
            expires_at=memory.expires_at,
            access_count=access_count,
        )


class SystemSaved(BaseModel):
    """A change of the system's memory. With 202 it is stored safely and will be visible soon."""

    event_id: str
    key: str
