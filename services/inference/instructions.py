"""How a model is asked for facts: in the text's language, with the schema of the answer."""

from collections.abc import Sequence
from typing import Any

from shared.contracts.events import ExtractAsked
from shared.contracts.parts import ChatMessage, Language
from shared.memory.predicates import PREDICATES

MAX_FACTS = 8
"""Facts of one message that are asked for: small models repeat themselves for ever."""

# Stable text first: a server that keeps the prefix evaluates the text alone.
_TASK: dict[Language, str] = {
    "en": (
        "You extract facts about the author of a message. "
        'Answer with JSON only: {"facts": [{"predicate": "...", "value": "...", "quote": "..."}]}.'
        "\nTake only what the author says of himself or herself in plain words. Leave out "
        "questions, wishes, guesses, quotations, and what is said of other people. "
        "Copy the value out of the message, as short as possible; the quote is the part of the "
        'message that says it. Nothing about the author: {"facts": []}.\n'
        "Predicates:\n"
    ),
    "ru": (
        "Ты извлекаешь факты об авторе сообщения. "
        'Ответ только в JSON: {"facts": [{"predicate": "...", "value": "...", "quote": "..."}]}.'
        "\nБери только то, что автор прямо говорит о себе. Не бери вопросы, пожелания, "
        "предположения, цитаты и то, что сказано о других людях. "
        "value копируй из сообщения, как можно короче; quote: часть сообщения, где это сказано. "
        'Об авторе ничего нет: {"facts": []}.\n'
        "predicate:\n"
    ),
}
_MESSAGE: dict[Language, str] = {"en": "Message:\n", "ru": "Сообщение:\n"}
_AGAIN: dict[Language, str] = {
    "en": "That was no JSON that can be read. Answer again, with the JSON object only.",
    "ru": "Это не JSON, прочитать его нельзя. Ответь ещё раз, только объектом JSON.",
}
MAX_REPLY_CHARS = 400
"""Of a reply that could not be read, as much as the model is shown again."""


STEP_CHARS = 160
"""Characters of the instructions that a server evaluates at once: forty tokens or so."""


def messages(asked: ExtractAsked) -> tuple[ChatMessage, ...]:
    """Return the prompt for a text."""
    return (
        ChatMessage(role="system", content=_instructions(asked)),
        ChatMessage(role="user", content=_MESSAGE[asked.lang] + asked.text),
    )


def steps(asked: ExtractAsked) -> list[tuple[ChatMessage, ...]]:
    """Return prompts that grow into `messages(asked)`, for a server that keeps what it evaluated.

    A server does not leave off within a batch of a prompt, which may be all of it: seconds on a
    slow machine, in which a turn that comes would wait.
    """
    whole = _instructions(asked)
    return [
        (
            ChatMessage(role="system", content=whole[:end]),
            ChatMessage(role="user", content="…"),
        )
        for end in range(STEP_CHARS, len(whole), STEP_CHARS)
    ]


def again(asked: ExtractAsked, reply: str) -> tuple[ChatMessage, ...]:
    """Return the prompt after a reply that could not be read: it is told what was wrong."""
    return (
        *messages(asked),
        ChatMessage(role="assistant", content=reply[:MAX_REPLY_CHARS] or "…"),
        ChatMessage(role="user", content=_AGAIN[asked.lang]),
    )


def schema(predicates: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of an answer: flat, and with nothing that small servers refuse."""
    fields = {
        "predicate": {"type": "string", "enum": list(predicates)},
        "value": {"type": "string"},
        "quote": {"type": "string"},
    }
    return {
        "type": "object",
        "properties": {
            "facts": {
                "type": "array",
                "maxItems": MAX_FACTS,
                "items": {
                    "type": "object",
                    "properties": fields,
                    "required": list(fields),
                    "additionalProperties": False,
                },
            }
        },
        "required": ["facts"],
        "additionalProperties": False,
    }


def _instructions(asked: ExtractAsked) -> str:
    known = (f"- {name}{_hint(name)}\n" for name in asked.predicates)
    return _TASK[asked.lang] + "".join(known)


def _hint(name: str) -> str:
    known = PREDICATES.get(name)
    return f": {known.values}" if known else ""
