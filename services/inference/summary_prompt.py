"""How a model is asked what a conversation was about: in its language, within bounds."""

from collections.abc import Iterator, Sequence

from shared.contracts.events import SummarizeAsked
from shared.contracts.parts import ChatMessage, Language

MAX_CHARS = 3_000
"""Characters of a conversation that a model reads at once: a thousand tokens or so, which take a
slow machine half a minute."""

MAX_OF_EACH = 400
"""Characters of one message: it says by then what it is about."""

STEP_CHARS = 160
"""Characters that a server evaluates at once, see `steps`: forty tokens or more."""

_CHARS_PER_TOKEN = 2
"""Of Russian, at worst."""

_FRAME_TOKENS = 512
"""Instructions, answer, and what is said of an answer that was refused."""

_TASK: dict[Language, str] = {
    "en": (
        "You note what a conversation between a user and an assistant was about, so that the "
        "assistant remembers it. Answer in English with two to four plain sentences, at most 80 "
        "words: the topics, what the user wants, what was decided, with the names and numbers that "
        "were said. Add nothing that was not said. No headings, no lists, no introduction. What "
        "stands under 'Before' was talked about earlier: keep what matters of it."
    ),
    "ru": (
        "Ты записываешь, о чём был разговор пользователя с ассистентом, чтобы ассистент его "
        "помнил. Ответь по-русски, двумя-четырьмя простыми предложениями, не больше 80 слов: темы, "
        "чего хочет пользователь, что решили, с именами и числами, которые прозвучали. Ничего не "
        "добавляй от себя. Без заголовков, списков и вступлений. Под словом «Раньше» стоит то, о "
        "чём говорили до этого: сохрани важное."
    ),
}
_BEFORE: dict[Language, str] = {"en": "Before:\n", "ru": "Раньше:\n"}
_SAID: dict[Language, str] = {"en": "Conversation:\n", "ru": "Разговор:\n"}
_QUESTION: dict[Language, str] = {
    "en": "\n\nWhat was this conversation about? Two to four sentences of your own:",
    "ru": "\n\nО чём был этот разговор? Два-четыре предложения своими словами:",
}
"""Last of all: a small model goes on with what it has read last."""

_SPEAKERS: dict[Language, dict[str, str]] = {
    "en": {"user": "User", "assistant": "Assistant"},
    "ru": {"user": "Пользователь", "assistant": "Ассистент"},
}
_WRONG: dict[Language, str] = {
    "en": "That cannot be used: {why}. Write the sentences again.",
    "ru": "Так нельзя: {why}. Напиши предложения ещё раз.",
}
_WHY: dict[Language, dict[str, str]] = {
    "en": {
        "empty": "there is no sentence in it",
        "too_long": "it is too long",
        "other_language": "it is not in English",
        "repeats": "it repeats itself",
        "copied": "it is the conversation itself and not what it was about",
        "unknown_number": "it has a number that nobody said",
        "unknown_name": "it has a name that nobody said",
    },
    "ru": {
        "empty": "в ответе нет предложения",
        "too_long": "слишком длинно",
        "other_language": "это не по-русски",
        "repeats": "ответ повторяется",
        "copied": "это сам разговор, а не рассказ о нём",
        "unknown_number": "в ответе число, которого никто не называл",
        "unknown_name": "в ответе имя, которого никто не называл",
    },
}
_SHOWN = 300
"""Characters of a refused answer that the model is shown again."""


def source(asked: SummarizeAsked, *, num_ctx: int) -> str:
    """Return what the model is to read: what came before, and as many of the last messages as fit.

    Empty where not a single one does. `num_ctx` is the model's context in tokens.
    """
    room = min(MAX_CHARS, (num_ctx - _FRAME_TOKENS) * _CHARS_PER_TOKEN)
    before = f"{_BEFORE[asked.lang]}{asked.before}\n\n" if asked.before else ""
    room -= len(before) + len(_SAID[asked.lang])
    lines: list[str] = []
    for line in _lines(asked.messages[::-1], asked.lang):
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return before + _SAID[asked.lang] + "\n".join(lines[::-1]) if lines else ""


def messages(lang: Language, text: str) -> tuple[ChatMessage, ...]:
    """Return the prompt for what is to be read."""
    return (
        ChatMessage(role="system", content=_TASK[lang]),
        ChatMessage(role="user", content=text + _QUESTION[lang]),
    )


def steps(lang: Language, text: str) -> list[tuple[ChatMessage, ...]]:
    """Return prompts that grow into `messages`, for a server that keeps what it evaluated.

    A server does not leave off within a batch of a prompt: a turn that comes would wait for it.
    """
    task = _TASK[lang]
    begun: list[tuple[ChatMessage, ...]] = [
        (ChatMessage(role="system", content=task[:end]), ChatMessage(role="user", content="…"))
        for end in range(STEP_CHARS, len(task), STEP_CHARS)
    ]
    system = ChatMessage(role="system", content=task)
    return begun + [
        (system, ChatMessage(role="user", content=text[:end]))
        for end in range(STEP_CHARS, len(text), STEP_CHARS)
    ]


def again(lang: Language, text: str, answer: str, why: str) -> tuple[ChatMessage, ...]:
    """Return the prompt after an answer that was refused: the model is told what was wrong."""
    return (
        *messages(lang, text),
        # Shown its copy, a small model would copy on.
        ChatMessage(role="assistant", content=(why != "copied" and answer[:_SHOWN]) or "…"),
        ChatMessage(role="user", content=_WRONG[lang].format(why=_WHY[lang][why])),
    )


def _lines(said: Sequence[ChatMessage], lang: Language) -> Iterator[str]:
    for message in said:
        speaker, words = _SPEAKERS[lang].get(message.role), " ".join(message.content.split())
        if speaker and words:
            shown = words if len(words) <= MAX_OF_EACH else words[: MAX_OF_EACH - 1] + "…"
            yield f"{speaker}: {shown}"
