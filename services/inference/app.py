"""The inference service: `uvicorn --factory services.inference.app:create_app`."""

from faststream.asgi import AsgiFastStream

from services.inference.embedder import Embedder, embedding_model
from services.inference.extractor import Extractor
from services.inference.generator import Generator
from services.inference.handlers import register
from services.inference.idle import Idle
from services.inference.models import Models
from services.inference.settings import InferenceSettings
from services.inference.summarizer import Summarizer
from shared.consumer import Consumer
from shared.llm.factory import create_llm
from shared.memory.turns import TurnRecords
from shared.outcome import TurnCloser
from shared.topology import inference_durable


def create_app(settings: InferenceSettings | None = None) -> AsgiFastStream:
    """Build the service; nothing connects before it starts."""
    settings = settings or InferenceSettings()
    consumer = Consumer(settings, service="inference")
    llm, records = create_llm(settings), TurnRecords(settings)
    closer = TurnCloser(bus=consumer.bus, records=records, telemetry=consumer.telemetry)
    generator = Generator(
        settings=settings, llm=llm, bus=consumer.bus, records=records, closer=closer
    )
    durable = inference_durable(settings)
    models = Models(settings=settings, llm=llm)
    idle = Idle(bus=consumer.bus, records=records)
    embedder = Embedder(settings=settings, model=embedding_model(settings, llm), idle=idle)
    register(
        consumer,
        durable,
        generator=generator,
        models=models,
        extractor=Extractor(settings=settings, llm=llm, idle=idle),
        summarizer=Summarizer(settings=settings, llm=llm, idle=idle),
        embedder=embedder,
        idle=idle,
    )

    async def models_answer() -> None:
        await llm.models()

    return consumer.application(
        durables=[durable],
        probes={"redis": records.ping, "llm": models_answer},
        notes=embedder.notes,
        on_start=[generator.start, embedder.start],
        before_stop=[idle.stop, embedder.stop],
        on_stop=[llm.close, records.close],
    )
