"""The memory writer: `uvicorn --factory services.memory_writer.app:create_app`."""

from faststream.asgi import AsgiFastStream

from services.memory_writer.handlers import register
from services.memory_writer.janitor import Janitor
from services.memory_writer.redis_writer import RedisWriter
from services.memory_writer.settings import MemoryWriterSettings
from services.memory_writer.sweeps import Errands, Sweeps
from shared.consumer import Consumer
from shared.contracts.subjects import CANCEL, JANITOR_ADVISORIES, JANITOR_LETTERS, REDIS_WRITER
from shared.memory.turns import TurnRecords
from shared.memory.working import WorkingMemory
from shared.outcome import TurnCloser

SWEEP_EVERY_S = 5.0
"""Between two sweeps of the janitor: whatever is amiss is noticed within ten seconds."""


def create_app(settings: MemoryWriterSettings | None = None) -> AsgiFastStream:
    """Build the service; nothing connects before it starts."""
    settings = settings or MemoryWriterSettings()
    consumer = Consumer(settings, service="memory_writer")
    memory, records = WorkingMemory(settings), TurnRecords(settings)
    janitor = Janitor(
        settings=settings,
        bus=consumer.bus,
        records=records,
        closer=TurnCloser(bus=consumer.bus, records=records, telemetry=consumer.telemetry),
        telemetry=consumer.telemetry,
    )
    sweeps = Sweeps(
        {
            "topology": janitor.restore_topology,
            "overdue turns": janitor.close_overdue,
            "lost turns": janitor.close_lost,
        },
        every_s=SWEEP_EVERY_S * settings.time_scale,
    )
    register(consumer, writer=RedisWriter(memory), janitor=janitor)
    errands = Errands()

    def on_cancel(subject: str, _payload: bytes) -> None:
        errands.run(janitor.stop_waiting(subject.rpartition(".")[2]))

    async def listen() -> None:
        await consumer.bus.listen(CANCEL.wildcard, on_cancel)

    return consumer.application(
        durables=[REDIS_WRITER, JANITOR_ADVISORIES, JANITOR_LETTERS],
        probes={
            "redis": memory.ping,
            "topology": janitor.topology_complete,
            "janitor": sweeps.healthy,
        },
        on_start=[listen, sweeps.start],
        before_stop=[sweeps.stop, errands.stop],
        on_stop=[memory.close, records.close],
    )
