"""What every consuming service is made of: broker, reliability, telemetry, health."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from faststream import FastStream
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from nats.errors import Error as NatsError

from shared.broker import Bus, create_broker, durable_options
from shared.contracts.subjects import Durable
from shared.failures import DependencyDownError
from shared.health import SPARED, Probe, check
from shared.log import configure_logging
from shared.reliability import Reliability
from shared.settings import Settings
from shared.telemetry import Telemetry
from shared.watchdog import pace

Hook = Callable[[], Awaitable[None]]
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[None]])


class Consumer:
    """A consuming service before it runs: nothing connects until the application starts."""

    def __init__(self, settings: Settings, *, service: str) -> None:
        self.service = service
        self.settings = settings
        self.telemetry = Telemetry(service)
        self.broker = create_broker(settings, service=service)
        self.bus = Bus(self.broker, settings)
        self.reliability = Reliability(
            service=service,
            bus=self.bus,
            telemetry=self.telemetry,
            cap_s=settings.queue_max_wait_s + settings.turn_hard_cap_s,
            time_scale=settings.time_scale,
        )
        self.broker.add_middleware(self.reliability)

    def delivery(self) -> Any:
        """Return the raw NATS message that is being handled.

        Asking FastStream to pass it as a parameter costs three times as much (measured).
        """
        return self.broker.context.get_local("message").raw_message

    def holding(self) -> Hook:
        """Return what tells NATS that the message which is being handled is in work still.

        For what waits longer than the hard cap, up to which that is told by itself.
        """
        raw = self.delivery()

        async def tell() -> None:
            # NATS away: the message will come again, to us or to another worker.
            with suppress(NatsError, OSError):
                await raw.in_progress()

        return tell

    def handles(self, subject: str, durable: Durable) -> Callable[[Handler], Handler]:
        """Decorate the handler of a durable's messages: one event in, nothing out."""
        subscriber: Any = self.broker.subscriber(subject, **durable_options(durable))

        def decorate(handler: Handler) -> Handler:
            subscriber(handler)
            return handler

        return decorate

    def application(
        self,
        *,
        durables: Sequence[Durable],
        probes: Mapping[str, Probe],
        notes: Callable[[], Awaitable[list[str]]] | None = None,
        on_start: Sequence[Hook] = (),
        before_stop: Sequence[Hook] = (),
        on_stop: Sequence[Hook] = (),
    ) -> AsgiFastStream:
        """Return the ASGI application: it consumes while it runs, and tells its health.

        `notes` say what works in a lesser form. The hooks `before_stop` still have a connection,
        those `on_stop` close what is left.
        """
        health = {"nats": self.bus.ping, **probes}
        for durable in durables:
            health[f"consumer {durable.name}"] = self._durable_probe(durable)
        self.reliability.probes = {"nats": self.bus.ping, **probes}

        @get
        async def live(_scope: Any) -> AsgiResponse:
            return _json(b'{"ok":true}', 200)

        @get
        async def ready(_scope: Any) -> AsgiResponse:
            told = await notes() if notes else []
            state = await check(self.service, health, notes=told, spared=SPARED)
            return _json(state.model_dump_json().encode(), 200 if state.ok else 503)

        async def start() -> None:
            pace(self.broker, self.settings)
            self.telemetry.start(self.bus.send_raw)
            for hook in on_start:
                await hook()

        async def stop() -> None:
            for hook in on_stop:
                await hook()

        app = FastStream(
            self.broker,
            logger=None,
            on_startup=[self._configure_logging],
            after_startup=[start],
            on_shutdown=[*before_stop, self.telemetry.stop],
            after_shutdown=[stop],
        )
        return app.as_asgi(asgi_routes=[("/health/live", live), ("/health/ready", ready)])

    def _configure_logging(self) -> None:
        configure_logging(
            service=self.service,
            level=self.settings.log_level,
            form=self.settings.log_format,
            forward=self.telemetry.log,
        )

    def _durable_probe(self, durable: Durable) -> Probe:
        async def probe() -> None:
            if not await self.bus.has_durable(durable):
                msg = f"durable {durable.name} is gone; run `python -m shared.topology`"
                raise DependencyDownError(msg, dependency="nats")

        return probe


def _json(body: bytes, status: int) -> AsgiResponse:
    return AsgiResponse(body, status_code=status, headers={"content-type": "application/json"})
