"""The memory writer: `uvicorn --factory services.memory_writer.app:create_app`."""

from faststream.asgi import AsgiFastStream

from services.memory_writer.handlers import register
from services.memory_writer.redis_writer import RedisWriter
from services.memory_writer.settings import MemoryWriterSettings
from shared.consumer import Consumer
from shared.contracts.subjects import REDIS_WRITER
from shared.memory.working import WorkingMemory


def create_app(settings: MemoryWriterSettings | None = None) -> AsgiFastStream:
    """Build the service; nothing connects before it starts."""
    settings = settings or MemoryWriterSettings()
    consumer = Consumer(settings, service="memory_writer")
    memory = WorkingMemory(settings)
    register(consumer, writer=RedisWriter(memory))
    return consumer.application(
        durables=[REDIS_WRITER], probes={"redis": memory.ping}, on_stop=[memory.close]
    )
