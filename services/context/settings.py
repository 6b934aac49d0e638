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
    memory_tokens: int = Field(
        default=1_000,
        ge=0,
        le=100_000,
        description="What passages from earlier conversations may take of a prompt, in estimated"
        " tokens; 0: there are none.",
    )
    recall_max_wait_s: float = Field(
        default=1.0,
        gt=0,
        le=30,
        validation_alias="RECALL_MAX_WAIT",
        description="How long a prompt waits for passages, in seconds: longer than for the vector"
        " of its question (EMBED_MAX_WAIT), without which words still find something.",
    )
