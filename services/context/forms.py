"""The two forms of a prompt: messages for a chat model, or the first report's plain text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from services.context.frame import Frame
from services.context.tokens import estimate_tokens
from shared.contracts.parts import ChatMessage, Prompt

PromptForm: TypeAlias = Literal["chat", "text"]

# What chat templates put around a message: 5 tokens in Qwen's and in Llama 3's.
_MESSAGE_TOKENS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Memories:
    """What the model is told beside the question, ready to stand in a line each.

    `passages` are all lines of their section, its heading among them.
    """

    preferences: Sequence[str] = ()
    facts: Sequence[str] = ()
    summary: Sequence[str] = ()
    passages: Sequence[str] = ()
    history: Sequence[ChatMessage] = ()


class Form(Protocol):
    """How a prompt is laid out, and what its parts cost in estimated tokens."""

    def render(self, memories: Memories, question: str, *, tokens: int = 0) -> Prompt:
        """Return the prompt; `tokens` is its estimate."""
        ...

    def bare(self, question: str) -> int:
        """Return what the prompt costs without any memory."""
        ...

    def message(self, message: ChatMessage) -> int:
        """Return what a message of the history costs."""
        ...

    @property
    def history(self) -> int:
        """What having a history at all costs."""
        ...

    @property
    def facts(self) -> int:
        """What having facts at all costs."""
        ...


class ChatForm:
    """One system message of stable text, the history as real messages, the question."""

    history = 0

    def __init__(self, frame: Frame, *, role: str, system: str) -> None:
        self._frame = frame
        self._role = role
        self._system = system
        self.facts = section_tokens(frame, "facts") + estimate_tokens("\n" + frame.note)

    def render(self, memories: Memories, question: str, *, tokens: int = 0) -> Prompt:
        """Return the prompt as messages."""
        note = self._frame.note if memories.facts else ""
        lines = [self._role, *_memory_lines(self._frame, memories), note]
        # What changes more often stands further behind: whatever is in front of it stays cached.
        changing = [_earlier(self._frame, memories), "\n".join(memories.passages)]
        paragraphs = ["\n".join(filter(None, lines)), self._system, *changing]
        system = ChatMessage(role="system", content="\n\n".join(filter(None, paragraphs)))
        asked = ChatMessage(role="user", content=question)
        return Prompt(messages=(system, *memories.history, asked), tokens_estimated=tokens)

    def bare(self, question: str) -> int:
        """Return what the system message and the question cost without any memory."""
        return sum(map(self.message, self.render(Memories(), question).messages or ()))

    def message(self, message: ChatMessage) -> int:
        """Return what a message costs with the template around it."""
        return estimate_tokens(message.content) + _MESSAGE_TOKENS


class TextForm:
    """The first report's plain text, for base models and completion endpoints."""

    def __init__(self, frame: Frame, *, role: str, system: str) -> None:
        self._frame = frame
        self._role = role
        self._system = system
        self.facts = section_tokens(frame, "facts")
        self.history = estimate_tokens("\n\n" + frame.phrases["history"])

    def render(self, memories: Memories, question: str, *, tokens: int = 0) -> Prompt:
        """Return the prompt as one text that ends where the model is to go on."""
        say, phrases = self._frame.said, self._frame.phrases
        lines = _memory_lines(self._frame, memories)
        context = [self._role, *lines, self._system, _earlier(self._frame, memories)]
        said = [say(message) for message in memories.history]
        blocks = [
            "\n".join(filter(None, [phrases["context"], *context])),
            "\n".join(memories.passages),
            "\n".join([phrases["history"], *said]) if said else "",
            "\n".join([phrases["question"], say(ChatMessage(role="user", content=question))]),
            say(ChatMessage(role="assistant", content="")).rstrip(),
        ]
        return Prompt(text="\n\n".join(filter(None, blocks)), tokens_estimated=tokens)

    def bare(self, question: str) -> int:
        """Return what the text costs without any memory."""
        return estimate_tokens(self.render(Memories(), question).text or "")

    def message(self, message: ChatMessage) -> int:
        """Return what a line of the history costs."""
        return estimate_tokens("\n" + self._frame.said(message))


FORMS: dict[PromptForm, type[ChatForm] | type[TextForm]] = {"chat": ChatForm, "text": TextForm}


def section_tokens(frame: Frame, name: str) -> int:
    """Return what the empty line `preferences`, `facts` or `summary` costs."""
    return estimate_tokens("\n" + frame.listing(name, [], ""))


def _memory_lines(frame: Frame, memories: Memories) -> list[str]:
    lines = []
    if memories.preferences:
        lines.append(frame.listing("preferences", memories.preferences, ", "))
    if memories.facts:
        lines.append(frame.listing("facts", memories.facts, "; "))
    return lines


def _earlier(frame: Frame, memories: Memories) -> str:
    """Return the line of a long conversation's summary: behind what changes more rarely still."""
    return frame.listing("summary", memories.summary, " ") if memories.summary else ""
