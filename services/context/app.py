"""The context service: `uvicorn --factory services.context.app:create_app`."""

from faststream.asgi import AsgiFastStream

from services.context.handlers import register
from services.context.loader import Loader
from services.context.recollection import Recollection
from services.context.settings import ContextSettings
from shared.consumer import Consumer
from shared.contracts.subjects import CONTEXT_LOADER
from shared.embedding import create_embedding
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.reading import Reading
from shared.memory.recalling import Recall
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.outcome import TurnCloser
from shared.wakeups import Wakeups


def create_app(settings: ContextSettings | None = None) -> AsgiFastStream:
    """Build the service; nothing connects before it starts."""
    settings = settings or ContextSettings()
    consumer = Consumer(settings, service="context")
    memory, records, wakeups = WorkingMemory(settings), TurnRecords(settings), Wakeups()
    archive = Archive(Database(settings)) if settings.database_url else None
    recall = Recall(
        working=memory, archive=archive, embedding=create_embedding(consumer.bus, settings)
    )
    loader = Loader(
        settings=settings,
        memory=Reading(working=memory, archive=archive),
        recollection=Recollection(settings=settings, recall=recall),
        wakeups=wakeups,
        max_waiting=CONTEXT_LOADER.workers // 2,
    )
    closer = TurnCloser(bus=consumer.bus, records=records, telemetry=consumer.telemetry)
    register(consumer, loader=loader, closer=closer)

    async def listen() -> None:
        await wakeups.start(consumer.bus)

    return consumer.application(
        durables=[CONTEXT_LOADER],
        probes={"redis": memory.ping, **({"postgres": archive.ping} if archive else {})},
        on_start=[listen],
        on_stop=[memory.close, records.close, *([archive.close] if archive else [])],
    )
