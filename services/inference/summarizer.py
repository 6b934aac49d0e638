"""Answers `llm.summarize`: asks the model what a conversation was about."""

import asyncio

import structlog

from services.inference.asking import Asking
from services.inference.idle import Idle
from services.inference.summary_prompt import again, messages, source, steps
from services.inference.summary_reply import read_summary
from shared.contracts.events import SummarizeAnswered, SummarizeAsked
from shared.failures import DependencyDownError
from shared.llm.protocol import LLM, LLMError, RequestRefusedError
from shared.settings import ModelSettings

log = structlog.get_logger()

TRIES = 2
"""The question, and once more with what was wrong."""

NUM_PREDICT = 220
"""Tokens of an answer: eighty words in Russian, and some more."""

LIMIT_S = 120.0
"""How long one conversation may keep the model busy, in seconds."""


class Summarizer:
    """Has the model tell what a conversation was about, in idle time only."""

    def __init__(
        self, *, settings: ModelSettings, llm: LLM, idle: Idle, limit_s: float = LIMIT_S
    ) -> None:
        self._num_ctx = settings.num_ctx
        self._model = Asking(settings, llm)
        self._idle = idle
        self._limit_s = limit_s

    async def summarize(self, asked: SummarizeAsked) -> SummarizeAnswered:
        """Return what the model says, an empty summary where that cannot be used.

        `busy` where a chat turn is open or came meanwhile, `problem` where the model server does
        not answer.
        """
        try:
            async with asyncio.timeout(self._limit_s):
                summary = await self._idle.run(lambda: self._ask(asked))
        except TimeoutError:
            log.warning("not summarizing: the model is too slow")
            return SummarizeAnswered(model=self._model.model)
        except DependencyDownError as error:
            # A turn may be open, and nobody can tell.
            log.warning("not summarizing", error=str(error))
            return SummarizeAnswered(model=self._model.model, busy=True)
        except RequestRefusedError as error:
            log.warning("the model refuses to summarize", error=str(error))
            return SummarizeAnswered(model=self._model.model)
        except LLMError as error:
            return SummarizeAnswered(model=self._model.model, problem=error.problem())
        return SummarizeAnswered(
            model=self._model.model, summary=summary or "", busy=summary is None
        )

    async def _ask(self, asked: SummarizeAsked) -> str:
        text = source(asked, num_ctx=self._num_ctx)
        if not text:
            return ""
        # What the server has kept of other questions is gone.
        self._idle.turns += 1
        for step in steps(asked.lang, text):
            await self._model.reply(step, num_predict=1)
        prompt = messages(asked.lang, text)
        for _ in range(TRIES):
            answer = await self._model.reply(prompt, num_predict=NUM_PREDICT)
            read = await asyncio.to_thread(read_summary, answer, source=text, lang=asked.lang)
            if read.summary:
                return read.summary
            log.info("a summary cannot be used", why=read.why)
            prompt = again(asked.lang, text, answer, read.why)
        return ""
