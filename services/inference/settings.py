"""Settings of the inference service."""

from pydantic import Field

from shared.settings import ModelSettings


class InferenceSettings(ModelSettings):
    """How answers are generated."""

    llm_retries: int = Field(
        default=2, ge=0, le=10, description="Further tries before the first token of an answer."
    )
