"""The HTTP bodies of facts."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.gateway.schemas import FIRST_MOMENT, Body, MessageView, Name, written_text
from shared.contracts.memory import FactNoticed
from shared.contracts.parts import FactStatus, FactType, Language, Priority, Scalar, utcnow
from shared.memory.models import Fact

LONGEST_FACT = 2_000
"""Characters of a fact's text: it stands in prompts, where a page of it would push all else out."""

LONGEST_LIFE = timedelta(days=3_650)


def _foreseeable(moment: datetime) -> datetime:
    """Refuse what nobody plans for: far years overflow where time zones are counted in."""
    if not FIRST_MOMENT <= moment <= utcnow() + 10 * LONGEST_LIFE:
        msg = "must be between 1970 and a hundred years from now"
        raise ValueError(msg)
    return moment


def _plus(moment: object) -> object:
    """Read a time as whoever wrote it meant it: in an address an unescaped plus is a space."""
    return _SPACE.sub(r"\1+\2", moment) if isinstance(moment, str) else moment


_SPACE = re.compile(r"(T[\d:.]+) (\d\d:?\d\d)$")

FactText = Annotated[str, StringConstraints(max_length=LONGEST_FACT), AfterValidator(written_text)]
Until = Annotated[AwareDatetime, BeforeValidator(_plus), AfterValidator(_foreseeable)]
PredicateName = Annotated[Name, StringConstraints(max_length=64)]
Tags = Annotated[list[Name], Field(max_length=64)]
Lifetime = Annotated[int, Field(ge=1, le=int(LONGEST_LIFE.total_seconds()))]

FACT_EXAMPLE: dict[str, Any] = {
    "id": "fact_0c1d6f4e8a7b2c3d4e5f6a7b",
    "type": "location",
    "predicate": "lives_in",
    "value": "Казань",
    "text": "Живёт в Казани",
    "lang": "ru",
    "confidence": 0.9,
    "status": "active",
    "source": {
        "message_id": "01a2048dd7a573e6be549f8d308c-u",
        "conversation_id": "01a2048da80acf7cf958451ea0eb",
        "quote": "я живу в казани",
    },
    "extractor": "rules/1",
    "valid_from": "2026-11-24T18:00:00Z",
    "valid_until": None,
    "recorded_at": "2026-11-24T18:00:01Z",
    "superseded_by": None,
    "pinned": False,
    "tags": [],
    "priority": "medium",
    "expires_at": None,
}


class SourceView(BaseModel):
    """Where a fact was said, and in which words; all null where it was stated by hand."""

    message_id: str | None
    conversation_id: str | None
    quote: str | None


class FactView(BaseModel):
    """What is known of a user in one respect, and where it comes from."""

    model_config = ConfigDict(json_schema_extra={"examples": [FACT_EXAMPLE]})

    id: str
    type: FactType
    predicate: str
    value: str
    text: str = Field(description="A sentence in `lang`.")
    lang: Language
    confidence: float
    status: FactStatus
    source: SourceView
    extractor: str = Field(description="Who found it, and in which version; `hand`: the user.")
    valid_from: AwareDatetime | None
    valid_until: AwareDatetime | None
    recorded_at: AwareDatetime
    superseded_by: str | None = Field(description="The id of the fact that holds now.")
    pinned: bool
    tags: list[str]
    priority: Priority
    expires_at: AwareDatetime | None = Field(description="When it is deleted by itself.")

    @classmethod
    def of(cls, fact: Fact) -> "FactView":
        """Show a fact."""
        return cls.model_validate(fact.model_dump(include=set(cls.model_fields)))


class VersionView(BaseModel):
    """A state that a fact has had, from `at` on."""

    at: AwareDatetime
    status: FactStatus
    value: str
    text: str
    valid_until: AwareDatetime | None


class FactDetail(FactView):
    """A fact with all that it rests on: the message, other sources, and the states it has had."""

    message: MessageView | None = Field(
        description="The message that it was said in; null where it was stated by hand."
    )
    sources: list[SourceView]
    versions: list[VersionView]

    @classmethod
    def whole(cls, fact: Fact, message: MessageView | None) -> "FactDetail":
        """Show a fact with its message."""
        told = fact.model_dump(include=set(cls.model_fields))
        return cls.model_validate({**told, "message": message})


class FactBody(Body):
    """A fact to remember. Where predicate and value are missing, they are taken from the text."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"text": "Lives in Kazan", "predicate": "lives_in", "value": "Kazan"},
                {"text": "Любит шахматы", "type": "preference", "tags": ["досуг"]},
            ]
        },
    )

    text: FactText
    type: FactType | None = None
    predicate: PredicateName | None = Field(
        default=None, description="One of the table in the documentation, or one of your own."
    )
    value: FactText | None = None
    tags: Tags = Field(default=[], max_length=64)
    priority: Priority = "medium"
    pinned: bool = False
    ttl_seconds: Lifetime | None = None


class FactChanges(Body):
    """What to change of a fact; what is left out stays."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [{"valid_until": "2026-11-01T00:00:00Z"}, {"pinned": True}],
        },
    )

    text: FactText | None = None
    value: FactText | None = None
    valid_until: Until | None = Field(
        default=None, description="In the past: the fact is outdated."
    )
    status: Literal["active", "retracted"] | None = Field(
        default=None, description="active: accepted, or restored; retracted: wrong."
    )
    tags: Tags | None = None
    priority: Priority | None = None
    pinned: bool | None = None
    ttl_seconds: Lifetime | None = None

    @model_validator(mode="after")
    def _something(self) -> "FactChanges":
        if all(value is None for value in self.model_dump().values()):
            msg = f"nothing to change: give one of {', '.join(sorted(type(self).model_fields))}"
            raise ValueError(msg)
        return self


class FactSaved(FactView):
    """A fact as it is after a change, and the change's event."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{**FACT_EXAMPLE, "event_id": "01a2048dd7a573e6be549f8d3111"}]
        }
    )

    event_id: str

    @classmethod
    def after(cls, fact: Fact, event_id: str) -> "FactSaved":
        """Show a fact that was just changed."""
        return cls(**FactView.of(fact).model_dump(), event_id=event_id)


class FactAccepted(BaseModel):
    """A change of a fact that is stored safely, and will be visible soon."""

    id: str
    event_id: str


class UserView(BaseModel):
    """What is remembered of a user."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "user_id": "u-4f2a9c1e8b7d6a5f4e3d",
                    "preferences": {"language": "ru"},
                    "facts": [FACT_EXAMPLE],
                    "context": "Живёт в Казани.",
                    "conversation_ids": ["01a2048da80acf7cf958451ea0eb"],
                    "pending": False,
                    "created_at": "2026-11-24T18:00:00Z",
                    "updated_at": "2026-11-24T18:00:01Z",
                    "last_active": "2026-11-24T18:00:00Z",
                }
            ]
        }
    )

    user_id: str
    preferences: dict[str, Scalar]
    facts: list[FactView] = Field(
        description="Active and proposed ones, newest first; with `include_superseded` all."
    )
    context: str | None = Field(description="The active facts as a short text.")
    conversation_ids: list[str]
    pending: bool = Field(description="Something that the user said or changed is not in here yet.")
    created_at: AwareDatetime | None
    updated_at: AwareDatetime | None = Field(description="The last change of facts, or activity.")
    last_active: AwareDatetime | None


class FactEvent(BaseModel):
    """A change of a fact, as `data` of an event named `fact`."""

    change: Literal["proposed", "learnt", "superseded", "retracted", "erased"]
    fact_id: str
    status: FactStatus | Literal["erased"]
    predicate: str
    text: str

    @classmethod
    def of(cls, noticed: FactNoticed) -> "FactEvent":
        """Show what was noticed."""
        return cls(
            change="learnt" if noticed.status == "active" else noticed.status,
            **noticed.model_dump(include={"fact_id", "status", "predicate", "text"}),
        )
