"""Builds the prompt of a turn and the receipt that says what the model was told.

Stable text comes first (role and model, preferences, facts, the client's own system prompt), then
the history, then the question, so that the LLM's prefix cache survives from turn to turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.context.budget import Budget, PromptTooLongError
from services.context.forms import FORMS, Memories, PromptForm, section_tokens
from services.context.frame import Frame, load_frame
from services.context.language import Language
from services.context.one_line import one_line
from services.context.tokens import estimate_tokens
from shared.contracts.parts import ChatMessage, Cut, Prompt, Receipt, ReceiptFact, Scalar

__all__ = ["BuiltPrompt", "PromptForm", "PromptInputs", "PromptTooLongError", "build"]

# What a chat template adds of its own: Llama 3.2 writes two dates into the system message (26
# tokens), all open the answer with 3 to 5.
_TEMPLATE_TOKENS = 32
# Known preferences come in this order and free ones behind them by name, so that the same
# preferences are the same text in whatever order a store returns them.
_ORDER = ("language", "answer_style", "tone", "length", "format", "units", "address", "timezone")
# It steers what is learnt, not how to answer.
_NEVER_TOLD = "fact_policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptInputs:
    """What a prompt is made of.

    `role` is how the assistant is called in the prompt's `language`. `history` is oldest first
    and already limited to the messages that may be shown; `facts` come best first. `system` is
    the client's own system prompt.
    """

    model: str
    role: str
    language: Language
    preferences: Mapping[str, Scalar]
    facts: Sequence[ReceiptFact]
    history: Sequence[ChatMessage]
    question: str
    system: str | None = None


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
) -> BuiltPrompt:
    """Build the prompt in chat form (messages) or in text form (the first report's).

    Over the budget (estimated tokens, the chat template's own included), the oldest messages are
    cut first, then facts from the end, then preferences; the receipt counts them. Facts take no
    more than `facts_tokens` in any case, where that is given: what was said counts, too. Items are
    whole or absent. Raises PromptTooLongError when role, client's system prompt and question alone
    are too long.
    """
    frame = load_frame(inputs.language)
    role = frame.role(inputs.role, inputs.model)
    layout = FORMS[form](frame, role=role, system=inputs.system or "")
    budget = Budget(budget_tokens, reserved=_TEMPLATE_TOKENS + layout.bare(inputs.question))
    preferences, told = _preferences(inputs.preferences, frame)
    facts = [fact for fact in inputs.facts if _clause(fact)]
    clauses = [_clause(fact) for fact in facts]
    history = inputs.history

    # Whoever is served first is cut last.
    n_preferences = budget.take(_costs(told, ", "), opening=section_tokens(frame, "preferences"))
    n_facts = budget.take(_costs(clauses, "; "), opening=layout.facts, at_most=facts_tokens)
    n_messages = budget.take_last(
        [layout.message(message) for message in history],
        opening=layout.history,
        # A reply without its question would only confuse.
        may_lead=[message.role != "assistant" for message in history],
    )
    memories = Memories(
        preferences=told[:n_preferences],
        facts=clauses[:n_facts],
        history=history[len(history) - n_messages :],
    )
    return BuiltPrompt(
        prompt=layout.render(memories, inputs.question, tokens=budget.used),
        receipt=Receipt(
            preferences=dict(preferences[:n_preferences]),
            facts=tuple(facts[:n_facts]),
            cut=Cut(messages=len(history) - n_messages, facts=len(facts) - n_facts),
        ),
        preferences_cut=len(preferences) - n_preferences,
    )


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


def _costs(items: Sequence[str], separator: str) -> list[int]:
    return [estimate_tokens(separator + item) for item in items]
