"""The launcher's own settings: where the stack listens, where its data lies, which LLM it uses."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.embedded.failure import StackError

EMBEDDED = "auto"
NO_RECORD = "none"

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder with `services`, `shared` and `deploy`; every program runs in it."""

ENV_FILE = CHECKOUT / ".env"

ANY = "0.0.0.0"  # noqa: S104 - compared with, never bound by default


class LauncherSettings(BaseSettings):
    """Read from the environment, into which the launcher has put `.env`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field(
        default="127.0.0.1",
        description="Where API, pages and health listen; 0.0.0.0 opens them to the network.",
    )
    api_port: int = Field(default=8000, ge=1, le=65535, description="The API and its /docs.")
    web_port: int = Field(default=3000, ge=1, le=65535, description="The chat page.")
    admin_port: int = Field(default=3002, ge=1, le=65535, description="The admin pages.")
    context_port: int = Field(default=8001, ge=1, le=65535, description="Health of context.")
    inference_port: int = Field(default=8002, ge=1, le=65535, description="Health of inference.")
    memory_writer_port: int = Field(
        default=8003, ge=1, le=65535, description="Health of the memory writer."
    )
    nats_port: int = Field(default=14222, ge=1, le=65535, description="NATS, on loopback.")
    redis_port: int = Field(default=16379, ge=1, le=65535, description="Valkey, on loopback.")
    postgres_port: int = Field(
        default=15432, ge=1, le=65535, description="PostgreSQL, on loopback."
    )
    engine_port: int = Field(
        default=18080, ge=1, le=65535, description="The built-in LLM engine, on loopback."
    )
    data_dir: Path = Field(
        default=Path(".data"),
        description="Everything that is kept: data, logs, the supervisor's files.",
    )
    database_url: str = Field(
        default=EMBEDDED,
        description="The record: auto (the stack's own PostgreSQL), none (Redis only), or the "
        "address of your own PostgreSQL with pgvector, as the services log in.",
    )
    database_admin_url: SecretStr = Field(
        default=SecretStr(""),
        description="Your own PostgreSQL as the owner of the tables, for the schema, backups and "
        "`make compact`. Empty: DATABASE_URL. The services never get it.",
    )
    llm_backend: Literal["auto", "ollama", "openai", "builtin"] = Field(
        default="auto",
        description="auto: Ollama where it answers, otherwise the built-in engine.",
    )
    ollama_url: str = Field(default="http://127.0.0.1:11434", description="Ollama's address.")
    openai_url: str = Field(
        default="http://127.0.0.1:8080/v1", description="The OpenAI-style server's address."
    )
    model: str = Field(default="llama3.2", description="The model that answers by default.")
    num_ctx: int = Field(default=4096, ge=512, description="The model's context, in tokens.")
    llm_slots: int = Field(default=1, ge=1, le=64, description="Answers generated at a time.")
    model_fallback: bool = Field(
        default=True,
        description="0: fetch the demonstration model from its own page or not at all.",
    )
    membus_cache: Path = Field(
        default=Path("~/.cache/membus"), description="Where the demonstration model is kept."
    )
    start_timeout_s: float = Field(
        default=120.0,
        gt=0,
        validation_alias="START_TIMEOUT",
        description="How long the start may take once everything is fetched, in seconds.",
    )

    @field_validator("database_url")
    @classmethod
    def _record(cls, value: str) -> str:
        if value in {EMBEDDED, NO_RECORD} or value.startswith(("postgresql", "postgres:")):
            return value
        msg = "auto, none, or an address like postgresql://membus:PASSWORD@HOST:5432/membus"
        raise ValueError(msg)

    @property
    def has_record(self) -> bool:
        """Whether PostgreSQL keeps the record: the stack's own, or another."""
        return self.database_url != NO_RECORD

    @property
    def embeds_postgres(self) -> bool:
        """Whether the stack runs PostgreSQL itself."""
        return self.database_url == EMBEDDED

    @property
    def reachable_host(self) -> str:
        """The address under which this machine reaches what listens on `host`."""
        return "127.0.0.1" if self.host in {ANY, "", "::"} else self.host


def read_settings() -> LauncherSettings:
    """Read the settings; relative folders count from the checkout.

    Raises StackError naming the variable that cannot be used.
    """
    try:
        settings = LauncherSettings()
    except ValidationError as error:
        wrong = "\n".join(
            f"{'.'.join(str(part) for part in problem['loc']).upper()}: {problem['msg']}"
            for problem in error.errors()
        )
        msg = f"A setting cannot be used.\n{wrong}\nCorrect it in .env or in the environment."
        raise StackError(msg) from error
    return settings.model_copy(
        update={
            "data_dir": (CHECKOUT / settings.data_dir.expanduser()).resolve(),
            "membus_cache": (CHECKOUT / settings.membus_cache.expanduser()).resolve(),
        }
    )
