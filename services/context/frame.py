"""The phrases that frame a prompt, read from the packaged templates `prompts/{ru,en}.txt`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.context.language import Language
from services.context.one_line import one_line
from shared.contracts.parts import ChatMessage, Scalar


@dataclass(frozen=True, slots=True)
class Frame:
    """The phrases of one language by their names in the template."""

    phrases: Mapping[str, str]

    @property
    def note(self) -> str:
        """What keeps small models from taking the user's facts for their own; may be empty.

        It is English only: asked "Who are you?", Qwen2.5 0.5B gave itself the user's name with
        every set of facts tried, and with half of them once this stands behind the facts. In
        Russian the plain sentence does well, and four of six wordings that explained whose facts
        these are made the model call itself by the user's name.
        """
        return self.phrases.get("note", "")

    def role(self, role: str, model: str) -> str:
        """Return the line that tells the model who it is."""
        return self.phrases["role"].format(role=one_line(role), model=one_line(model))

    def listing(self, name: str, items: Sequence[str], separator: str) -> str:
        """Return the line `preferences`, `facts` or `summary` with its items."""
        return self.phrases[name].format(items=separator.join(items))

    def heading(self, today: str) -> str:
        """Return the line over the passages. Today's date stands nowhere else: it changes daily."""
        return self.phrases["passages"].format(today=today)

    def preference(self, key: str, value: Scalar) -> str:
        """Return one preference as `label: value`, under its key where it has no label."""
        text = self.phrases[str(value).lower()] if isinstance(value, bool) else str(value)
        return f"{self.phrases.get(f'label.{key}') or one_line(key)}: {one_line(text)}"

    def said(self, message: ChatMessage) -> str:
        """Return a message as it stands in text form: who, and what."""
        return f"{self.phrases[f'speaker.{message.role}']}: {message.content}"


@cache
def load_frame(language: Language) -> Frame:
    """Return the frame of a language; read once."""
    template = resources.files("services.context").joinpath("prompts", f"{language}.txt")
    lines = template.read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return Frame({name.strip(): words.strip() for name, _, words in pairs})
