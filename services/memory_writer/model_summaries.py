"""Has the model write the summaries of long conversations, while no chat turn is open.

There is a summary of the conversation's own sentences already, and it stays where the model is
away, busy for ever, or answers what cannot be used.
"""

import asyncio

import structlog

from services.memory_writer.background import Background
from shared.broker import Bus
from shared.contracts.events import SummarizeAnswered, SummarizeAsked
from shared.contracts.parts import ChatMessage
from shared.contracts.subjects import LLM_SUMMARIZE
from shared.failures import DependencyDownError
from shared.lexemes import language_of
from shared.memory.models import Draft
from shared.memory.summarizer import Summarizer

log = structlog.get_logger()

LOOK_EVERY_S = 10.0
"""Between two looks at the record while there is nothing to do."""

BUSY_PAUSE_S = 2.0
DOWN_PAUSE_S = 10.0
"""Before the question is asked again: a turn takes seconds, a server's start longer."""

ASK_TIMEOUT_S = 150.0
"""Longer than inference lets a summary run."""

SENT_CHARS = 12_000
"""Of a conversation's end; a model reads no more of it."""


class ModelSummaries:
    """Asks for one summary after another. `time_scale` shortens the pauses (tests)."""

    def __init__(self, *, bus: Bus, summarizer: Summarizer, time_scale: float = 1.0) -> None:
        self._bus = bus
        self._summarizer = summarizer
        self._time_scale = time_scale
        self._background = Background(self._step)

    async def start(self) -> None:
        """Begin to look for what is due."""
        await self._background.start()

    async def stop(self) -> None:
        """End at once: what was not written is asked for again."""
        await self._background.stop()

    async def _step(self) -> None:
        await asyncio.sleep(await self.write_next() * self._time_scale)

    async def write_next(self) -> float:
        """Have one summary written; returns how long to wait before the next, in seconds."""
        try:
            draft = await self._summarizer.draft()
            if draft is None:
                return LOOK_EVERY_S
            answer = await self._bus.ask(
                LLM_SUMMARIZE, _question(draft), SummarizeAnswered, timeout_s=ASK_TIMEOUT_S
            )
            if answer.busy:
                return BUSY_PAUSE_S
            if answer.problem is not None:
                log.debug("summaries wait for the model", why=answer.problem.detail)
                return DOWN_PAUSE_S
            kept = await self._summarizer.put_written(
                draft, answer.summary or None, model=answer.model
            )
        except DependencyDownError as error:
            log.debug("summaries wait for a dependency", why=str(error))
            return DOWN_PAUSE_S
        # Where something was said meanwhile, more may be coming.
        return 0.0 if kept else BUSY_PAUSE_S


def _question(draft: Draft) -> SummarizeAsked:
    said: list[ChatMessage] = []
    room = SENT_CHARS
    for message in reversed(draft.messages):
        if message.role in {"user", "assistant"} and message.status != "failed" and room > 0:
            said.append(ChatMessage(role=message.role, content=message.content[:room]))
            room -= len(message.content)
    of_user = " ".join(message.content for message in said if message.role == "user")
    return SummarizeAsked(
        messages=tuple(reversed(said)),
        lang=language_of(of_user or draft.before),
        before=draft.before,
    )
