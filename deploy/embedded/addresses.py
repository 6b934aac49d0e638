"""The addresses that follow from the settings: for the services, and for the user."""

from deploy.embedded.servers import HOST
from deploy.embedded.settings import LauncherSettings

Backend = str
"""ollama, openai or builtin: `auto` is resolved."""


def pages(settings: LauncherSettings) -> dict[str, str]:
    """Return what a user opens: api, web and admin."""
    return {
        "api": _url(settings, settings.api_port),
        "web": _url(settings, settings.web_port),
        "admin": _url(settings, settings.admin_port),
    }


def service_environment(settings: LauncherSettings, backend: Backend) -> dict[str, str]:
    """Return what every service gets besides the user's own environment."""
    urls = pages(settings)
    return {
        "NATS_URL": f"nats://{HOST}:{settings.nats_port}",
        "REDIS_URL": redis_url(settings),
        "DATABASE_URL": database_url(settings),
        # A service must not own the tables, whatever .env says.
        "DATABASE_ADMIN_URL": "",
        "LLM_BACKEND": backend,
        "BUILTIN_URL": f"http://{HOST}:{settings.engine_port}/v1",
        "API_URL": urls["api"],
        "WEB_URL": urls["web"],
        "ADMIN_URL": urls["admin"],
        "CONTEXT_URL": _url(settings, settings.context_port),
        "INFERENCE_URL": _url(settings, settings.inference_port),
        "MEMORY_WRITER_URL": _url(settings, settings.memory_writer_port),
        "HOST": settings.host,
        "MODEL": settings.model,
        "PYTHONUNBUFFERED": "1",
    }


def owner_environment(settings: LauncherSettings, backend: Backend) -> dict[str, str]:
    """Return what a job gets that owns the tables: the schema, backups and the like."""
    return {
        **service_environment(settings, backend),
        "DATABASE_ADMIN_URL": admin_url(settings),
    }


def redis_url(settings: LauncherSettings) -> str:
    """Return the address of working memory."""
    return f"redis://{HOST}:{settings.redis_port}/0"


def database_url(settings: LauncherSettings) -> str:
    """Return the record's address for the services; empty without a record."""
    if not settings.has_record:
        return ""
    return _embedded(settings, "membus") if settings.embeds_postgres else settings.database_url


def admin_url(settings: LauncherSettings) -> str:
    """Return the record's address for the owner of its tables; empty without a record."""
    if settings.embeds_postgres:
        return _embedded(settings, "postgres")
    if not settings.has_record:
        return ""
    return settings.database_admin_url.get_secret_value() or settings.database_url


def _embedded(settings: LauncherSettings, user: str) -> str:
    return f"postgresql://{user}@{HOST}:{settings.postgres_port}/membus"


def _url(settings: LauncherSettings, port: int) -> str:
    return f"http://{settings.reachable_host}:{port}"
