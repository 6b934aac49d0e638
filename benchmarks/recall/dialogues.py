"""What a benchmark of recall says and asks: dialogues of one user each, with questions."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.parts import Message, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a dialogue, in the order in which they were said."""

    id: str
    conversation: str
    time: datetime
    text: str
    role: Role = "user"
    name: str | None = None

    def message(self, order: int) -> Message:
        """Return it as Membus has it; `order` is its place in the dialogue."""
        return Message(
            message_id=self.id,
            role=self.role,
            content=self.text,
            time=self.time,
            order=order,
            name=self.name,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question, the ids of the messages that answer it, and of what kind it is."""

    text: str
    evidence: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """All that one user said, and what is asked of it."""

    name: str
    said: tuple[Said, ...]
    asked: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Dialogues that are reported together."""

    name: str
    dialogues: tuple[Dialogue, ...]

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return sum(len(one.said) for one in self.dialogues)

    @property
    def questions(self) -> int:
        """How many questions there are."""
        return sum(len(one.asked) for one in self.dialogues)
