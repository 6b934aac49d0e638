"""Settings of the gateway."""

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from shared.settings import Settings


class GatewaySettings(Settings):
    """Limits of the HTTP side, and whom to believe."""

    conversation_idle_s: float = Field(
        default=1_800.0,
        gt=0,
        validation_alias="CONVERSATION_IDLE",
        description="For how long a turn without a conversation id continues the last one, s.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses or networks whose X-Forwarded-For is believed, comma separated.",
    )
    max_body_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="The largest request body, in bytes."
    )
    import_max_bytes: int = Field(
        default=256 * 1024 * 1024, ge=1024, description="The largest file of an import, in bytes."
    )
    max_prompt_chars: int = Field(
        default=200_000, ge=1, description="The longest prompt or message, in characters."
    )
    max_header_bytes: int = Field(
        default=32 * 1024, ge=1024, description="The largest request head, in bytes."
    )
    max_connections: int = Field(
        default=1_000, ge=1, description="How many requests are served at a time; more get 503."
    )
    max_turns_per_user: int = Field(
        default=16, ge=1, description="How many turns a user may have open; more get 429."
    )
    sse_send_timeout_s: float = Field(
        default=30.0,
        gt=0,
        validation_alias="SSE_SEND_TIMEOUT",
        description="How long a client may leave a stream unread before it counts as gone, s.",
    )
    sse_comment_s: float = Field(
        default=15.0,
        gt=0,
        validation_alias="SSE_COMMENT",
        description="How often a silent stream shows that it lives, in seconds.",
    )
    visible_wait_s: float = Field(
        default=2.0,
        gt=0,
        validation_alias="VISIBLE_WAIT",
        description="How long a write waits to be visible before it answers 202, in seconds.",
    )

    forget_wait_s: float = Field(
        default=30.0,
        gt=0,
        validation_alias="FORGET_WAIT",
        description="How long a request to forget waits to be done before it answers 202, s.",
    )

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
