"""The gateway: `uvicorn --factory services.gateway.app:create_app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from nats.errors import Error as NatsError

from services.gateway import limits, problems
from services.gateway.dependencies import Gateway
from services.gateway.exporter import Exporter
from services.gateway.identity import IdentityResolver
from services.gateway.importer import Importer
from services.gateway.notices import Noticing
from services.gateway.pending import Pending
from services.gateway.relay import Relay
from services.gateway.routes import (
    auth,
    chat,
    conversations,
    events,
    facts,
    forgetting,
    models,
    operations,
    portability,
    query,
    system,
    user,
)
from services.gateway.routes import memory as memory_routes
from services.gateway.searching import Searching
from services.gateway.settings import GatewaySettings
from services.gateway.turns import Turns
from shared.broker import Bus, create_broker
from shared.contracts.ids import new_id
from shared.embedding import create_embedding
from shared.log import configure_logging
from shared.memory.applied import AppliedEvents
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.portable import WorkingPieces
from shared.memory.reading import Reading
from shared.memory.recalling import Recall
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.telemetry import Telemetry
from shared.wakeups import Wakeups

DESCRIPTION = """
Membus gives a local LLM a memory. Ask at `POST /chat/`; what you say is remembered for you alone,
on this machine. The events behind it are described at [/asyncapi.json](/asyncapi.json).
"""


def create_app(settings: GatewaySettings | None = None) -> FastAPI:
    """Build the gateway; nothing connects before it starts."""
    settings = settings or GatewaySettings()
    telemetry = Telemetry("gateway")
    broker = create_broker(settings, service="gateway")
    bus, gateway_id = Bus(broker, settings), new_id()
    relay, wakeups, noticing = Relay(gateway_id), Wakeups(), Noticing()
    memory, records = WorkingMemory(settings), TurnRecords(settings)
    archive = Archive(Database(settings)) if settings.database_url else None
    reading = Reading(working=memory, archive=archive)
    embedding = create_embedding(bus, settings)
    recall = Recall(working=memory, archive=archive, embedding=embedding)
    pieces, applied = WorkingPieces(settings), AppliedEvents(settings)
    turns = Turns(settings=settings, gateway_id=gateway_id, bus=bus, records=records, relay=relay)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[dict[str, int]]:
        configure_logging(
            service="gateway",
            level=settings.log_level,
            form=settings.log_format,
            forward=telemetry.log,
        )
        await broker.start()
        await relay.start(bus)
        await wakeups.start(bus)
        await noticing.start(bus)
        telemetry.start(bus.send_raw)
        # For `shared/web_protocol.py`, which sees a head before the application does.
        yield {"max_header_bytes": settings.max_header_bytes}
        await telemetry.stop()
        # During an outage there is nothing left to say goodbye to.
        with suppress(NatsError):
            await broker.stop()
        await memory.close()
        await records.close()
        await pieces.close()
        await applied.close()
        if archive is not None:
            await archive.close()

    app = FastAPIOffline(
        title="Membus",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,
    )
    app.state.gateway = Gateway(
        settings=settings,
        bus=bus,
        turns=turns,
        memory=reading,
        working=memory,
        archive=archive,
        exporter=Exporter(bus=bus, archive=archive, working=pieces, version=app.version),
        importer=Importer(settings=settings, bus=bus),
        noticing=noticing,
        pending=Pending(settings=settings, bus=bus, applied=applied),
        searching=Searching(reading, recall),
        wakeups=wakeups,
        identities=IdentityResolver(
            settings.secret_key.get_secret_value(), settings.trusted_proxies
        ),
        telemetry=telemetry,
        probes={
            "nats": bus.ping,
            "redis": memory.ping,
            **({"postgres": archive.ping} if archive else {}),
        },
    )
    problems.install(app)
    limits.install(app, settings)
    for routes in (
        *(
            chat,
            memory_routes,
            conversations,
            system,
            user,
            facts,
            events,
            query,
            forgetting,
            portability,
        ),
        *(models, auth, operations),
    ):
        app.include_router(routes.router, responses=problems.COMMON)
    return app
