"""Settings of the inference service."""

from pydantic import Field

from shared.settings import ModelSettings


class InferenceSettings(ModelSettings):
    """How answers are generated."""

    llm_silence_s: float = Field(
        default=60.0,
        gt=0,
        validation_alias="LLM_SILENCE",
        description="How long the model may fall silent in mid-answer, in seconds.",
    )
    llm_retries: int = Field(
        default=2, ge=0, le=10, description="Further tries before the first token of an answer."
    )
