"""What the inference service consumes and answers."""

from structlog.contextvars import bound_contextvars

from services.inference.embedder import Embedder
from services.inference.extractor import Extractor
from services.inference.generator import Generator
from services.inference.idle import Idle
from services.inference.models import Models
from services.inference.summarizer import Summarizer
from shared.consumer import Consumer
from shared.contracts.events import (
    ChatPrompted,
    EmbedAnswered,
    EmbedAsked,
    ExtractAnswered,
    ExtractAsked,
    ModelsAnswered,
    ModelsAsked,
    ModelShowAsked,
    SummarizeAnswered,
    SummarizeAsked,
)
from shared.contracts.subjects import (
    CHAT_PROMPTED,
    LLM_EMBED,
    LLM_EXTRACT,
    LLM_MODELS,
    LLM_SHOW,
    LLM_SUMMARIZE,
    Durable,
)

EMBEDDING_AT_ONCE = 256
"""More than the embedder lets wait, so that it decides who is sent away."""


def register(
    consumer: Consumer,
    durable: Durable,
    *,
    generator: Generator,
    models: Models,
    extractor: Extractor,
    summarizer: Summarizer,
    embedder: Embedder,
    idle: Idle,
) -> None:
    """Subscribe the handlers."""

    @consumer.handles(CHAT_PROMPTED.wildcard, durable)
    async def on_chat_prompted(event: ChatPrompted) -> None:
        turn = event.turn
        timed = consumer.telemetry.timed("answered", turn=turn)
        with bound_contextvars(**turn.ids()), idle.interrupted(), timed:
            await generator.answer(event, deliveries=consumer.delivery().metadata.num_delivered)

    @consumer.broker.subscriber(LLM_MODELS.pattern, queue="inference", title="llm-models")
    async def on_models_asked(_question: ModelsAsked) -> ModelsAnswered:
        return await models.all()

    @consumer.broker.subscriber(LLM_SHOW.pattern, queue="inference", title="llm-show")
    async def on_model_show_asked(question: ModelShowAsked) -> ModelsAnswered:
        return await models.one(question.model)

    @consumer.broker.subscriber(LLM_EXTRACT.pattern, queue="inference", title="llm-extract")
    async def on_extract_asked(question: ExtractAsked) -> ExtractAnswered:
        with consumer.telemetry.timed("extracted") as span:
            answer = await extractor.extract(question)
            span.labels["busy"] = str(answer.busy).lower()
            span.values.update({f"dropped.{why}": n for why, n in answer.dropped.items()})
        return answer

    @consumer.broker.subscriber(LLM_SUMMARIZE.pattern, queue="inference", title="llm-summarize")
    async def on_summarize_asked(question: SummarizeAsked) -> SummarizeAnswered:
        with consumer.telemetry.timed("summarized") as span:
            answer = await summarizer.summarize(question)
            span.labels.update(
                busy=str(answer.busy).lower(), made=str(bool(answer.summary)).lower()
            )
        return answer

    # One at a time, a question would wait behind all passages that came before it.
    @consumer.broker.subscriber(
        LLM_EMBED.pattern, queue="inference", title="llm-embed", max_workers=EMBEDDING_AT_ONCE
    )
    async def on_embed_asked(question: EmbedAsked) -> EmbedAnswered:
        with consumer.telemetry.timed("embedded") as span:
            answer = await embedder.embed(question)
            span.values["texts"] = len(question.texts)
            span.labels.update(kind=question.kind, made=str(answer.problem is None).lower())
        return answer
