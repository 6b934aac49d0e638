"""The programs of the stack: what is run, on which port, and where its health is asked."""

import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.embedded import binaries
from deploy.embedded.layout import Layout
from deploy.embedded.servers import HOST, Nats, Postgres, Server, Valkey
from deploy.embedded.settings import LauncherSettings

GRACE_S = 10
"""How long a service may finish its requests; supervisor kills it after 15 s."""

PASSIVE = {"OMP_WAIT_POLICY": "passive"}
"""Spinning OpenMP threads cut generation from 16 to 0.6 tokens/s on busy cores."""


@dataclass(frozen=True)
class Program:
    """One program under supervisor.

    `health` is its readiness URL, or None for a server that is asked in its own protocol.
    """

    name: str
    group: str
    command: list[str]
    port: int
    port_variable: str
    health: str | None = None
    server: Server | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """The name that supervisor knows it by."""
        return f"{self.group}:{self.name}"


@dataclass(frozen=True)
class _Service:
    name: str
    app: str
    port: str


SERVICES = (
    _Service("gateway", "services.gateway.app", "api_port"),
    _Service("context", "services.context.app", "context_port"),
    _Service("inference", "services.inference.app", "inference_port"),
    _Service("memory_writer", "services.memory_writer.app", "memory_writer_port"),
    _Service("web", "services.gateway.web.app", "web_port"),
    _Service("admin", "services.admin.app", "admin_port"),
)


def programs(settings: LauncherSettings, layout: Layout, model: Path | None) -> list[Program]:
    """Return every program in the order of the start; the engine only when it has a model."""
    found = [*_servers(settings, layout)]
    if model is not None:
        found.append(_engine(settings, model))
    found += [_service(settings, service) for service in SERVICES]
    return found


def _servers(settings: LauncherSettings, layout: Layout) -> Iterator[Program]:
    servers: list[tuple[str, Server]] = [
        ("NATS_PORT", Nats(settings.nats_port, layout.data / "nats")),
        ("REDIS_PORT", Valkey(settings.redis_port, layout.data / "valkey")),
    ]
    if settings.embeds_postgres:
        postgres = Postgres(settings.postgres_port, layout.data / "postgres")
        servers.append(("POSTGRES_PORT", postgres))
    for variable, server in servers:
        yield Program(
            name=server.name,
            group="servers",
            command=server.command(),
            port=server.port,
            port_variable=variable,
            server=server,
            stop_signal=server.stop_signal,
        )


def _engine(settings: LauncherSettings, model: Path) -> Program:
    port = settings.engine_port
    options = {
        "--model": str(model),
        "--port": str(port),
        "--ctx": str(settings.num_ctx),
        "--slots": str(settings.llm_slots),
    }
    arguments = [part for option in options.items() for part in option]
    return Program(
        name="engine",
        group="llm",
        command=_python("-m", "deploy.embedded.engine", *arguments),
        port=port,
        port_variable="ENGINE_PORT",
        health=f"http://{HOST}:{port}/health",
        environment=PASSIVE,
    )


def _service(settings: LauncherSettings, service: _Service) -> Program:
    port: int = getattr(settings, service.port)
    options = (
        "--factory",
        *("--host", settings.host, "--port", str(port), "--loop", "uvloop"),
        *("--http", "shared.web_protocol:BoundedProtocol"),
        # Uvicorn's 5 s cause resets between services that keep their connections.
        *("--timeout-keep-alive", "75", "--timeout-graceful-shutdown", str(GRACE_S)),
        # Uvicorn would believe X-Forwarded-For from loopback: TRUSTED_PROXIES alone decides.
        *("--no-access-log", "--no-proxy-headers", "--log-level", "warning"),
    )
    return Program(
        name=service.name,
        group="services",
        command=_python("-m", "uvicorn", f"{service.app}:create_app", *options),
        port=port,
        port_variable=service.port.upper(),
        health=f"http://{settings.reachable_host}:{port}/health/ready",
        # The embedder lives in it.
        environment=PASSIVE if service.name == "inference" else {},
    )


def _python(*arguments: str) -> list[str]:
    return binaries.guarded([sys.executable, *arguments])
