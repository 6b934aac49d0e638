"""Prepares a turn: waits for its place in the conversation, loads memory, builds the prompt."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

import structlog

from services.context.facts import told
from services.context.language import choose_language
from services.context.prompt import BuiltPrompt, PromptInputs, PromptTooLongError, build
from services.context.recollection import Recollected, Recollection
from services.context.settings import ContextSettings
from services.context.time_zone import in_zone_of
from shared.contracts.events import ChatPrompted, ChatRequested, OtherModel
from shared.contracts.parts import ChatMessage, Message, Outcome, Problem, Timings, utcnow
from shared.failures import DependencyDownError, NotYetError
from shared.llm.naming import ResolvedModel, resolve
from shared.memory.models import TurnContext
from shared.memory.reading import FROM_RECORD, Reading
from shared.outcome import expired
from shared.wakeups import Wakeups

log = structlog.get_logger()

LOOK_AGAIN_S = 1.0
"""How long to trust in the wake-up of the turn before, in seconds, before looking again."""

LOOK_FIRST_S = 0.01
"""How soon to look again for what was just said, in seconds; later ones come less and less soon."""

LOOK_LESS_OFTEN = 1.5
LAGGING_S = 1.0
"""How long nobody waits for facts after one waited in vain, in seconds: extraction lags behind."""

FACTS_SHARE = 3
"""Facts take no more than this part of the context: a third."""

NO_MEMORY = "memory"
NO_ORDER = "order"
PREFERENCES_CUT = "preferences"
NO_MODEL = "model"


class Loader:
    """Turns what was asked into a prompt."""

    def __init__(
        self,
        *,
        settings: ContextSettings,
        memory: Reading,
        recollection: Recollection,
        wakeups: Wakeups,
        max_waiting: int,
    ) -> None:
        self._max_waiting = max_waiting
        self._waiting = 0
        self._lags_until = 0.0
        self._settings = settings
        self._memory = memory
        self._recollection = recollection
        self._wakeups = wakeups

    async def prepare(self, event: ChatRequested) -> ChatPrompted | Outcome | None:
        """Return the prompted turn, or its outcome where the turn ends without the model.

        None for a turn that was refused after all: nobody waits, and nothing is kept. Raises
        NotYetError where too many turns wait already for the ones before them.
        """
        model = resolve(self._settings, event.model)
        if event.turn.deadline <= utcnow():
            return expired(model.name)
        context, degraded = await self._wait_for_turn(event)
        if context.withdrawn:
            return None
        ended = _ended(context, model.name)
        if ended is not None:
            return ended
        started = time.perf_counter()
        queue_ms = _since(event.turn.accepted_at)
        preferred = _preferred_model(event, context)
        otherwise = None
        if preferred is not None:
            otherwise = OtherModel(model=model.name, degraded=(NO_MODEL, *model.degraded))
            model = resolve(self._settings, preferred)
        shown = self._shown(context)
        asked_at = in_zone_of(event.turn.accepted_at, context.preferences.get("timezone"))
        recollected = await self._recollection.find(event, context, shown=shown, asked_at=asked_at)
        try:
            built = self._build(event, context, model, shown, recollected, asked_at)
        except PromptTooLongError as error:
            return too_long(model.name, error)
        return ChatPrompted(
            turn=event.turn,
            question=event.prompt,
            prompt=built.prompt,
            receipt=built.receipt,
            model=model.name,
            otherwise=otherwise,
            options=event.options,
            timings=Timings(queue_ms=queue_ms, context_ms=(time.perf_counter() - started) * 1000),
            degraded=tuple(
                dict.fromkeys(
                    (
                        *event.degraded,
                        *model.degraded,
                        *degraded,
                        *recollected.degraded,
                        *_cut(built),
                    )
                )
            ),
        )

    async def _wait_for_turn(self, event: ChatRequested) -> tuple[TurnContext, tuple[str, ...]]:
        """Load memory as soon as this turn is the first open one of its conversation."""
        limit = 2 * self._settings.context_messages
        try:
            before = None
            while True:
                context, degraded = await self._memory.context(event.turn, limit=limit)
                if context.ahead is None or event.turn.deadline <= utcnow():
                    if context.unextracted and not context.withdrawn:
                        context, degraded = await self._with_facts(event, context, degraded)
                    # The order is kept by Redis alone.
                    unordered = (NO_ORDER,) if FROM_RECORD in degraded else ()
                    return context, (*degraded, *unordered)
                if self._waiting >= self._max_waiting:
                    # Who waits holds a worker, which the turn ahead may need to be heard at all.
                    raise NotYetError(context.ahead)
                # A wake-up of the past that the store did not confirm must not be trusted again.
                self._waiting += 1
                try:
                    await self._wakeups.wait(
                        context.ahead, timeout_s=LOOK_AGAIN_S, heard_before=context.ahead != before
                    )
                finally:
                    self._waiting -= 1
                before = context.ahead
        except DependencyDownError as error:
            # Better an answer that remembers nothing than none; the client is told.
            log.warning("prompt without memory", error=str(error))
            return TurnContext(), (NO_MEMORY, NO_ORDER)

    async def _with_facts(
        self, event: ChatRequested, context: TurnContext, degraded: tuple[str, ...]
    ) -> tuple[TurnContext, tuple[str, ...]]:
        """Look again until the facts hold what was just said, but not for long.

        What a user said in one conversation is known in the next one, however soon they ask. Where
        extraction lags, the others need not find that out for themselves.
        """
        started, pause = time.monotonic(), LOOK_FIRST_S
        end = started + self._settings.facts_max_wait_s
        while context.unextracted and started >= self._lags_until:
            left = end - time.monotonic()
            if left <= 0:
                self._lags_until = time.monotonic() + LAGGING_S
                break
            await asyncio.sleep(min(pause, left))
            pause *= LOOK_LESS_OFTEN
            limit = 2 * self._settings.context_messages
            try:
                context, degraded = await self._memory.context(event.turn, limit=limit)
            except DependencyDownError:
                # What was loaded is better than nothing.
                break
        return context, degraded

    def _build(
        self,
        event: ChatRequested,
        context: TurnContext,
        model: ResolvedModel,
        shown: Sequence[Message],
        recollected: Recollected,
        asked_at: datetime,
    ) -> BuiltPrompt:
        settings = self._settings
        preferences = {} if event.turn.memory == "off" else context.preferences
        history = [ChatMessage(role=one.role, content=one.content) for one in shown]
        language = choose_language(
            preference=preferences.get("language"),
            question=event.prompt,
            history=[message.content for message in history if message.role == "user"],
        )
        inputs = PromptInputs(
            model=model.name,
            role=settings.assistant_role_ru if language == "ru" else settings.assistant_role_en,
            language=language,
            preferences=preferences,
            facts=[] if event.turn.memory == "off" else told(context.facts, language),
            history=history,
            question=event.prompt,
            system=event.system,
            summary=context.summary if len(context.messages) > len(history) else None,
            passages=recollected.passages,
            asked_at=asked_at,
        )
        reserved = event.options.num_predict or settings.num_predict
        budget = settings.num_ctx - min(reserved, settings.num_ctx // 2)
        return build(
            inputs,
            budget_tokens=budget,
            facts_tokens=settings.num_ctx // FACTS_SHARE,
            passages_tokens=settings.memory_tokens,
            form=settings.prompt_format,
        )

    def _shown(self, context: TurnContext) -> list[Message]:
        """Return the messages of the conversation that the prompt shows, oldest first."""
        said = [
            message
            for message in context.messages
            # A question that was never answered would only confuse the model.
            if message.status != "failed" and message.role in {"user", "assistant"}
        ]
        return said[-self._settings.context_messages :] if self._settings.context_messages else []


def _preferred_model(event: ChatRequested, context: TurnContext) -> str | None:
    """Return the model that the user prefers, where the request names none."""
    preferred = context.preferences.get("model")
    if event.model is not None or event.turn.memory == "off" or not isinstance(preferred, str):
        return None
    return preferred.strip() or None


def _ended(context: TurnContext, model: str) -> Outcome | None:
    if context.outcome is not None:
        return context.outcome
    if context.ahead is not None:
        return expired(model)
    return Outcome(status="cancelled", model=model) if context.cancelled else None


def too_long(model: str, error: PromptTooLongError) -> Outcome:
    """Return the outcome of a turn whose question alone does not fit into the model's context."""
    return Outcome(
        status="failed",
        model=model,
        problem=Problem(
            title="The prompt is too long for the model",
            status=413,
            detail=f"It takes about {error.estimated_tokens} tokens, and {error.budget_tokens} "
            "fit beside the answer. Shorten it, or raise NUM_CTX.",
        ),
    )


def _cut(built: BuiltPrompt) -> tuple[str, ...]:
    """Say that preferences were left out: the receipt counts everything else that was cut."""
    return (PREFERENCES_CUT,) if built.preferences_cut else ()


def _since(moment: datetime) -> float:
    return max(0.0, (utcnow() - moment).total_seconds() * 1000)
