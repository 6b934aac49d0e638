"""Builds the prompt of a turn and the receipt that says what the model was told.

Stable text comes first (role and model, preferences, facts, the client's own system prompt), so
that the LLM's prefix cache survives from turn to turn; then what was said earlier in a long
conversation, passages from other ones, the history, and the question.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.context.budget import Budget, PromptTooLongError
from services.context.forms import FORMS, Memories, PromptForm, section_tokens
from services.context.frame import Frame, load_frame
from services.context.language import Language
from services.context.one_line import one_line
from services.context.passages import Section, Telling
from services.context.repeats import Repeats
from services.context.tokens import estimate_tokens
from shared.contracts.parts import ChatMessage, Cut, Prompt, Receipt, ReceiptFact, Scalar, utcnow
from shared.memory.recall import RecalledPassage

__all__ = ["BuiltPrompt", "PromptForm", "PromptInputs", "PromptTooLongError", "build"]

# What a chat template adds of its own: Llama 3.2 writes two dates into the system message (26
# tokens), all open the answer with 3 to 5.
_TEMPLATE_TOKENS = 32
# Known preferences come in this order and free ones behind them by name, so that the same
# preferences are the same text in whatever order a store returns them.
_ORDER = ("language", "answer_style", "tone", "length", "format", "units", "address", "timezone")
# It steers what is learnt, not how to answer.
_NEVER_TOLD = "fact_policy"
# What was said last is needed more than what was said long ago: a question and its answer.
_EXCHANGE = 2
_SUMMARY_TOKENS = 320
"""A summary of the longest size in Russian; what does not fit is left out from the end."""

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptInputs:
    """What a prompt is made of.

    `role` is how the assistant is called in the prompt's `language`. `history` is oldest first
    and already limited to the messages that may be shown; `facts` and `passages` come best first.
    `asked_at` is told as today, in its time zone, where passages are. `system` is
    the client's own system prompt, `summary` that of the conversation where `history` is not all.
    """

    model: str
    role: str
    language: Language
    preferences: Mapping[str, Scalar]
    facts: Sequence[ReceiptFact]
    history: Sequence[ChatMessage]
    question: str
    system: str | None = None
    summary: str | None = None
    passages: Sequence[RecalledPassage] = ()
    asked_at: datetime = field(default_factory=utcnow)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPrompt:
    """A prompt with its receipt. `preferences_cut` counts those that did not fit either."""

    prompt: Prompt
    receipt: Receipt
    preferences_cut: int = 0


def build(
    inputs: PromptInputs,
    *,
    budget_tokens: int,
    form: PromptForm,
    facts_tokens: int | None = None,
    passages_tokens: int | None = None,
) -> BuiltPrompt:
    """Build the prompt in chat form (messages) or in text form (the first report's).

    Over the budget (estimated tokens, the chat template's own included), the oldest messages are
    cut first, then passages (the last exchange stays before them), then the summary and facts from
    the end, then preferences; the receipt counts them. Facts take no more than `facts_tokens`, and
    passages no more than `passages_tokens`, where that is given. Items are whole or absent. Raises
    PromptTooLongError when role, client's system prompt and question alone are too long.
    """
    frame = load_frame(inputs.language)
    role = frame.role(inputs.role, inputs.model)
    layout = FORMS[form](frame, role=role, system=inputs.system or "")
    budget = Budget(budget_tokens, reserved=_TEMPLATE_TOKENS + layout.bare(inputs.question))
    preferences, told = _preferences(inputs.preferences, frame)
    facts = [fact for fact in inputs.facts if _clause(fact)]
    clauses = [_clause(fact) for fact in facts]
    summary = _sentences(inputs.summary)
    history = inputs.history

    # Whoever is served first is cut last.
    n_preferences = budget.take(_costs(told, ", "), opening=section_tokens(frame, "preferences"))
    n_facts = budget.take(_costs(clauses, "; "), opening=layout.facts, at_most=facts_tokens)
    n_sentences = budget.take(
        _costs(summary, " "),
        opening=section_tokens(frame, "summary"),
        at_most=_SUMMARY_TOKENS,
    )
    costs = [layout.message(message) for message in history]
    section = _section(
        inputs,
        frame,
        budget,
        told=facts[:n_facts],
        summary=summary[:n_sentences],
        exchange=layout.history + sum(costs[-_EXCHANGE:]) if costs else 0,
        at_most=passages_tokens,
    )
    n_messages = budget.take_last(
        costs,
        opening=layout.history,
        # A reply without its question would only confuse.
        may_lead=[message.role != "assistant" for message in history],
    )
    memories = Memories(
        preferences=told[:n_preferences],
        facts=clauses[:n_facts],
        summary=summary[:n_sentences],
        passages=section.lines,
        history=history[len(history) - n_messages :],
    )
    return BuiltPrompt(
        prompt=layout.render(memories, inputs.question, tokens=budget.used),
        receipt=Receipt(
            preferences=dict(preferences[:n_preferences]),
            facts=tuple(facts[:n_facts]),
            recalled=tuple(one.receipt for one in section.told),
            cut=Cut(
                messages=len(history) - n_messages,
                facts=len(facts) - n_facts,
                recalled=section.cut,
            ),
        ),
        preferences_cut=len(preferences) - n_preferences,
    )


def _section(
    inputs: PromptInputs,
    frame: Frame,
    budget: Budget,
    *,
    told: Sequence[ReceiptFact],
    summary: Sequence[str],
    exchange: int,
    at_most: int | None,
) -> Section:
    """Return the passages that say something that the rest of the prompt does not.

    They leave room for an `exchange`, where there is room for it at all.
    """
    if not inputs.passages:
        return Section()
    room = budget.room - exchange if exchange <= budget.room else budget.room
    said = [inputs.question, *(message.content for message in inputs.history), *summary]
    telling = Telling(frame, inputs.language, question=inputs.question, asked_at=inputs.asked_at)
    section = telling.section(
        inputs.passages,
        Repeats(said, told),
        room=room if at_most is None else min(room, at_most),
    )
    budget.spend(section.tokens)
    return section


def _preferences(
    preferences: Mapping[str, Scalar], frame: Frame
) -> tuple[list[tuple[str, Scalar]], list[str]]:
    """Return the preferences that say something, in their order, and how they are told."""
    said = [item for item in preferences.items() if one_line(str(item[1]))]
    said = sorted((item for item in said if item[0] != _NEVER_TOLD), key=_place)
    return said, [frame.preference(key, value) for key, value in said]


def _place(preference: tuple[str, Scalar]) -> tuple[int, str]:
    key, _ = preference
    return (_ORDER.index(key) if key in _ORDER else len(_ORDER), key)


def _clause(fact: ReceiptFact) -> str:
    """Return a fact as a part of the sentence that lists them all."""
    return one_line(fact.text).rstrip(".; ")


def _sentences(summary: str | None) -> list[str]:
    return [line for part in _SENTENCE_END.split(summary or "") if (line := one_line(part))]


def _costs(items: Sequence[str], separator: str) -> list[int]:
    return [estimate_tokens(separator + item) for item in items]
