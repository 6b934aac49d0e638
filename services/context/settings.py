"""Settings of the context service."""

from typing import Literal

from pydantic import Field

from shared.settings import ModelSettings


class ContextSettings(ModelSettings):
    """What goes into a prompt."""

    assistant_role_ru: str = Field(
        default="AI ассистент", description="Who the model is, in Russian prompts."
    )
    assistant_role_en: str = Field(
        default="an AI assistant", description="Who the model is, in English prompts."
    )
    prompt_format: Literal["chat", "text"] = Field(
        default="chat",
        description="Chat messages, or one plain text for base models (`/api/generate`).",
    )
    context_messages: int = Field(
        default=6, ge=0, le=200, description="How many last messages a prompt holds at most."
    )
    facts_max_wait_s: float = Field(
        default=0.3,
        ge=0,
        le=5,
        validation_alias="FACTS_MAX_WAIT",
        description="How long a prompt waits for the facts of what was just said, in seconds.",
    )
