"""One exact question to the model: the same prompt has the same answer, if the server has it so."""

from contextlib import aclosing
from typing import Any

from shared.contracts.parts import ChatMessage, GenerationOptions, Prompt
from shared.llm.naming import resolve
from shared.llm.protocol import LLM, Delta, Generation
from shared.settings import ModelSettings

MAX_REPLY_CHARS = 16_000
"""A server that goes on beyond its tokens is not listened to for ever."""

EXACT = GenerationOptions(temperature=0, seed=1)


class Asking:
    """Asks the model that answers by default. Methods raise LLMError."""

    def __init__(self, settings: ModelSettings, llm: LLM) -> None:
        self._settings = settings
        self._llm = llm

    @property
    def model(self) -> str:
        """The model's name as the server knows it."""
        return resolve(self._settings, None).name

    async def reply(
        self,
        prompt: tuple[ChatMessage, ...],
        *,
        num_predict: int,
        schema: dict[str, Any] | None = None,
    ) -> str:
        """Return the answer to a prompt of at most `num_predict` tokens, in JSON with a schema."""
        generation = Generation(
            model=self.model,
            prompt=Prompt(messages=prompt),
            options=EXACT.model_copy(update={"num_predict": num_predict}),
            num_ctx=self._settings.num_ctx,
            num_predict=num_predict,
            schema=schema,
        )
        parts: list[str] = []
        length = 0
        async with aclosing(self._llm.generate(generation)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Delta):
                    parts.append(chunk.text)
                    length += len(chunk.text)
                if length > MAX_REPLY_CHARS:
                    break
        return "".join(parts)
