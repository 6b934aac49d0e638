"""Answers what others want to know about the models."""

from shared.contracts.events import ModelInfo, ModelsAnswered
from shared.llm.naming import resolve
from shared.llm.protocol import LLM, LLMError
from shared.settings import ModelSettings


class Models:
    """The models of the LLM server."""

    def __init__(self, *, settings: ModelSettings, llm: LLM) -> None:
        self._settings = settings
        self._llm = llm

    async def all(self) -> ModelsAnswered:
        """Return every model on offer, or the problem that there is."""
        try:
            return self._answer(await self._llm.models())
        except LLMError as error:
            return self._answer([], error)

    async def one(self, model: str) -> ModelsAnswered:
        """Return one model with its context length, or the problem that there is."""
        try:
            return self._answer([await self._llm.show(resolve(self._settings, model).name)])
        except LLMError as error:
            return self._answer([], error)

    def _answer(self, models: list[ModelInfo], error: LLMError | None = None) -> ModelsAnswered:
        return ModelsAnswered(
            backend=self._settings.llm_backend,
            default=self._settings.model,
            models=tuple(models),
            problem=error.problem() if error else None,
        )
