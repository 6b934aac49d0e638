"""Answers `llm.extract`: asks the model what a text says of its author."""

import asyncio
from collections import Counter

import structlog

from services.inference.asking import Asking
from services.inference.idle import Idle
from services.inference.instructions import again, messages, schema, steps
from services.inference.replies import Reply, read_reply
from shared.contracts.events import ExtractAnswered, ExtractAsked
from shared.failures import DependencyDownError
from shared.llm.protocol import LLM, LLMError, RequestRefusedError
from shared.settings import ModelSettings

log = structlog.get_logger()

TRIES = 2
"""The question, and once more with what was wrong."""

NUM_PREDICT = 320
"""Tokens of an answer: eight facts with their quotes."""

LIMIT_S = 120.0
"""How long one text may keep the model busy, in seconds; a slow one would never be done."""


class Extractor:
    """Finds what a text says of its author, in idle time only."""

    def __init__(
        self, *, settings: ModelSettings, llm: LLM, idle: Idle, limit_s: float = LIMIT_S
    ) -> None:
        self._model = Asking(settings, llm)
        self._idle = idle
        self._limit_s = limit_s
        self._prepared: tuple[str, int] | None = None

    async def extract(self, asked: ExtractAsked) -> ExtractAnswered:
        """Return the candidates that the model names, each as it gave it, whatever it says.

        `busy` where a chat turn is open or came meanwhile, `problem` where the model server does
        not answer. Further reasons to drop: refused (by the server), too_slow.
        """
        try:
            async with asyncio.timeout(self._limit_s):
                answered = await self._idle.run(lambda: self._ask(asked))
        except TimeoutError:
            return self._answer(dropped={"too_slow": 1})
        except DependencyDownError as error:
            # A turn may be open, and nobody can tell.
            log.warning("not extracting", error=str(error))
            return self._answer(busy=True)
        except RequestRefusedError as error:
            log.warning("the model refuses to extract", error=str(error))
            return self._answer(dropped={"refused": 1})
        except LLMError as error:
            return self._answer(problem=error.problem())
        return self._answer(busy=True) if answered is None else answered

    async def _ask(self, asked: ExtractAsked) -> ExtractAnswered:
        await self._prepare(asked)
        prompt = messages(asked)
        dropped: Counter[str] = Counter()
        reply = Reply()
        for _ in range(TRIES):
            text = await self._model.reply(
                prompt, num_predict=NUM_PREDICT, schema=schema(asked.predicates)
            )
            reply = read_reply(text, frozenset(asked.predicates))
            dropped.update(reply.dropped)
            if reply.readable:
                break
            prompt = again(asked, text)
        return self._answer(facts=reply.facts, dropped=dict(dropped))

    async def _prepare(self, asked: ExtractAsked) -> None:
        """Have the server evaluate the instructions bit by bit, unless it still knows them.

        A turn or a summary in between has most likely taken their place.
        """
        now = (asked.lang, self._idle.turns)
        if self._prepared != now:
            for prompt in steps(asked):
                await self._model.reply(prompt, num_predict=1)
        self._prepared = now

    def _answer(self, **fields: object) -> ExtractAnswered:
        return ExtractAnswered.model_validate({"model": self._model.model, **fields})
