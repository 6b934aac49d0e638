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
        "REDIS_URL": f"redis://{HOST}:{settings.redis_port}/0",
        # PostgreSQL runs, but nothing is written to it before the record exists: with an empty
        # address Redis is all there is, and /health/ready says so.
        "DATABASE_URL": "",
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


def _url(settings: LauncherSettings, port: int) -> str:
    return f"http://{settings.reachable_host}:{port}"
