"""The file of an export: what its lines are, and whether a file is whole and without fault.

NDJSON, UTF-8, one object a line: a header, the user, preferences, then each conversation with its
messages right after it in their order, facts, and last an end that counts them, so that a file
that was cut off is told from a whole one. Knows neither HTTP nor any store.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import (
    Annotated,
    Any,
    BinaryIO,
    Final,
    Literal,
    NamedTuple,
    Self,
    TypeAlias,
    get_args,
)

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from services.gateway.schemas import (
    CLOCKS_DIFFER,
    LONGEST_TEXT,
    ConversationName,
    Moment,
    Name,
    Preference,
    ShortText,
    addressable,
    written_text,
)
from shared.contracts.ids import SUBJECT_TOKEN
from shared.contracts.memory import ConversationChanges, FactClaim
from shared.contracts.parts import Message, MessageStatus, Priority, Role, utcnow

FORMAT: Final = 2
"""Grows with every change that an older reader could not take in. The second has claims."""

READ: Final = (1, FORMAT)
"""The formats that are taken in. Nothing ever wrote a fact in the first one."""

MEDIA_TYPE = "application/x-ndjson"

LONGEST_LINE = 8 * 1024 * 1024
"""In bytes. A longer one is no event that NATS would take, and would be read into memory whole."""

ERRORS_SHOWN = 3


class FormatError(Exception):
    """The file cannot be taken in, and why. `status` is that of the problem document."""

    def __init__(self, detail: str, *, status: Literal[400, 413, 422] = 422) -> None:
        super().__init__(detail)
        self.status = status


def at_line(number: int, detail: str, *, status: Literal[400, 413, 422] = 422) -> FormatError:
    """Return the error of one line of the file."""
    return FormatError(f"Line {number}: {detail}", status=status)


# --- the lines -------------------------------------------------------------------------------


def _user_id(text: str) -> str:
    if not SUBJECT_TOKEN.match(text):
        msg = "must be made of a-z, 0-9, _ and -"
        raise ValueError(msg)
    return text


def _no_space(text: str) -> str:
    if any(character.isspace() for character in text):
        msg = "must not have spaces"
        raise ValueError(msg)
    return text


UserId = Annotated[str, StringConstraints(max_length=200), AfterValidator(_user_id)]
MessageId = Annotated[Name, AfterValidator(addressable), AfterValidator(_no_space)]
Tags = Annotated[tuple[Name, ...], Field(max_length=64)]
Count = Annotated[int, Field(ge=0)]
LongText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]


class Line(BaseModel):
    """One line. A field that is unknown is refused: it would be lost without a word."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, allow_inf_nan=False
    )

    def encoded(self) -> bytes:
        """Return the line as it stands in a file; what is not known is left out."""
        return self.model_dump_json(exclude_none=True).encode() + b"\n"


class Header(Line):
    """The first line: whose memory it is, and when and by which version it was written."""

    kind: Literal["export"]
    format: int
    membus: ShortText
    user_id: UserId
    exported_at: Moment


class UserLine(Line):
    """When the user came, and was there last."""

    kind: Literal["user"]
    created_at: AwareDatetime
    last_active: AwareDatetime


class PreferenceLine(Line):
    """A preference; of two values of one key the one that was set later wins."""

    kind: Literal["preference"]
    key: Name
    value: Preference
    set_at: Moment


class ConversationLine(Line):
    """A conversation, before its messages."""

    kind: Literal["conversation"]
    conversation_id: ConversationName
    title: LongText | None = None
    topics: tuple[LongText, ...] = ()
    summary: LongText | None = None
    tags: Tags = ()
    priority: Priority = "medium"
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @property
    def by_hand(self) -> ConversationChanges:
        """What was set of it by hand; topics and a summary are made anew."""
        return ConversationChanges(
            title=self.title or None,
            tags=self.tags or None,
            priority=None if self.priority == "medium" else self.priority,
        )


class MessageLine(Line):
    """A message, with the fields of an event's message.

    `order` is its place in the conversation (microseconds since 1970), `recorded_at` when the user
    caused it: left out where only Redis remembered it, which does not know.
    """

    kind: Literal["message"]
    conversation_id: ConversationName
    message_id: MessageId
    role: Role
    content: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
    time: Moment
    order: int
    name: Name | None = None
    model: ShortText | None = None
    tokens: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    status: MessageStatus = "complete"
    metadata: Annotated[dict[Name, JsonValue], Field(max_length=64)] = {}
    tags: Tags = ()
    priority: Priority = "medium"
    expires_at: AwareDatetime | None = None
    recorded_at: Moment | None = None

    @field_validator("content")
    @classmethod
    def _written(cls, content: str, info: ValidationInfo) -> str:
        # A model may have written anything, and what Membus gave away it takes back.
        return content if info.data.get("role") == "assistant" else written_text(content)

    @field_validator("order")
    @classmethod
    def _placed(cls, order: int) -> int:
        if not 0 <= order <= round((utcnow() + 2 * CLOCKS_DIFFER).timestamp() * 1_000_000):
            msg = "must be microseconds from 1970 to tomorrow"
            raise ValueError(msg)
        return order

    @field_validator("expires_at")
    @classmethod
    def _expires(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            msg = f"must be between the years {FIRST_YEAR} and {LAST_YEAR}"
            raise ValueError(msg)
        return moment

    @property
    def written_chars(self) -> int:
        """How much somebody wrote; 0 where a model did, which MAX_PROMPT_CHARS does not bind."""
        return 0 if self.role == "assistant" else len(self.content)

    def has_expired(self, now: datetime) -> bool:
        """Tell whether its time has run out."""
        return self.expires_at is not None and self.expires_at <= now

    def message(self) -> Message:
        """Return the message as events carry it."""
        return Message(**self.model_dump(exclude={"kind", "conversation_id", "recorded_at"}))


FIRST_YEAR, LAST_YEAR = 1970, 9000
"""Of an expiry: a lifetime of ten years is the longest that the API takes, and some leave more."""


class FactLine(Line):
    """A claim of which facts are folded; those of one source stand together, in their order.

    In the first format it was a version of a fact, which is read, and left out.
    """

    kind: Literal["fact"]
    claim: FactClaim | None = None
    conversation_id: ConversationName | None = None
    message_id: Name | None = None
    said_at: Moment | None = None
    sequence: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    recorded_at: Moment
    caused_at: AwareDatetime
    fact_id: Name | None = None
    version: int | None = None
    type: Name | None = None
    predicate: Name | None = None
    value: LongText | None = None
    body: LongText | None = None
    lang: Name | None = None
    confidence: float | None = None
    status: Name | None = None
    quote: LongText | None = None
    extractor: Name | None = None
    valid_from: AwareDatetime | None = None
    valid_until: AwareDatetime | None = None
    superseded_by: Name | None = None
    pinned: bool | None = None
    tags: Tags | None = None
    priority: Priority | None = None

    @field_validator("claim")
    @classmethod
    def _named(cls, claim: FactClaim | None) -> FactClaim | None:
        if claim is not None:
            _CLAIM_NAMES.validate_python((claim.claim_id, claim.predicate, claim.extractor))
            _CLAIM_ID.validate_python(claim.fact_id)
            _CLAIM_TEXTS.validate_python((claim.value, claim.text, claim.quote))
            _CLAIM_TAGS.validate_python(claim.tags)
        return claim

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.claim is None and self.version is None:
            msg = "it has neither a claim nor a version"
            raise ValueError(msg)
        if self.claim is not None and self.said_at is None:
            msg = "said_at: a claim needs it"
            raise ValueError(msg)
        return self

    @property
    def source(self) -> tuple[Any, ...]:
        """What claims of one event have in common."""
        return (
            self.conversation_id,
            self.message_id,
            self.said_at,
            self.sequence,
            self.recorded_at,
            self.caused_at,
        )


_CLAIM_NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[Name, ...])
_CLAIM_ID: TypeAdapter[str | None] = TypeAdapter(MessageId | None)
_CLAIM_TEXTS: TypeAdapter[tuple[str | None, ...]] = TypeAdapter(tuple[LongText | None, ...])
_CLAIM_TAGS: TypeAdapter[tuple[str, ...]] = TypeAdapter(Tags)


class Counts(Line):
    """How many lines of each kind a file has."""

    user: Count = 0
    preference: Count = 0
    conversation: Count = 0
    message: Count = 0
    fact: Count = 0


class End(Line):
    """The last line of a whole file."""

    kind: Literal["end"]
    counts: Counts


AnyLine: TypeAlias = (
    Header | UserLine | PreferenceLine | ConversationLine | MessageLine | FactLine | End
)
_LINE: TypeAdapter[AnyLine] = TypeAdapter(Annotated[AnyLine, Field(discriminator="kind")])
KINDS = [kind for line in get_args(AnyLine) for kind in get_args(line.__annotations__["kind"])]


# --- reading ---------------------------------------------------------------------------------


class Numbered(NamedTuple):
    """A line with its number, from 1 on, and its size in the file, in bytes."""

    number: int
    line: AnyLine
    size: int


def read(file: BinaryIO) -> Iterator[Numbered]:
    """Yield the lines of a file, and check each, and the whole.

    Holds one line in memory at a time. Raises FormatError, at the latest after the last line; so
    whoever must not act upon half a file reads it twice.
    """
    check = _Check()
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            raise at_line(number, f"it is longer than {LONGEST_LINE} bytes.", status=413)
        if raw.strip():
            yield Numbered(number, check.take(number, raw), len(raw))
    check.finish(number)


class _Check:
    """What lines must be to each other."""

    def __init__(self) -> None:
        self._counted = dict.fromkeys(Counts.model_fields, 0)
        self._begun = self._ended = False
        self._conversation = ""
        self._place = 0

    def take(self, number: int, raw: bytes) -> AnyLine:
        line = _parsed(number, raw, first=not self._begun)
        if self._ended:
            raise at_line(number, "there is more after the end of the export.")
        if isinstance(line, Header) == self._begun:
            detail = "a second header" if self._begun else "the first line must be of kind export"
            raise at_line(number, f"{detail}: a file is one export of Membus, as it was given.")
        self._begun = True
        if isinstance(line, Header):
            self._known_format(number, line)
        elif isinstance(line, End):
            self._ended = True
            self._count(number, line)
        else:
            self._counted[line.kind] += 1
            self._follow(number, line)
        return line

    @staticmethod
    def _known_format(number: int, header: Header) -> None:
        if header.format not in READ:
            detail = (
                f"format: it is {header.format}, of another version of Membus; "
                f"this one knows the formats up to {FORMAT}."
            )
            raise at_line(number, detail)

    def _follow(self, number: int, line: AnyLine) -> None:
        if isinstance(line, ConversationLine):
            self._conversation, self._place = line.conversation_id, 0
        if not isinstance(line, MessageLine):
            return
        if line.conversation_id != self._conversation:
            detail = "conversation_id: it is not that of the conversation before it."
            raise at_line(number, detail)
        if line.order < self._place:
            raise at_line(number, "order: it is less than that of the message before it.")
        self._place = line.order

    def _count(self, number: int, end: End) -> None:
        told = end.counts.model_dump()
        for kind, count in self._counted.items():
            if told[kind] != count:
                detail = f"counts.{kind}: it says {told[kind]}, and there are {count} in the file."
                raise at_line(number, detail)

    def finish(self, number: int) -> None:
        if not self._begun:
            detail = "The file is empty. Send the file of an export, e.g. with `curl -T FILE`."
            raise FormatError(detail, status=400)
        if not self._ended:
            detail = f"The file was cut off: after line {number} the last one, of kind end, lacks."
            raise FormatError(detail, status=400)


def _parsed(number: int, raw: bytes, *, first: bool) -> AnyLine:
    try:
        return _LINE.validate_json(raw)
    except ValidationError as error:
        # What was given is never repeated: it may be huge, and is somebody's memory.
        errors = error.errors(include_url=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        raise _not_json(number, raw, errors[0], first=first)
    shown = [f"{_place(found)}: {_said(found)}" for found in errors[:ERRORS_SHOWN]]
    raise at_line(number, "; ".join(shown) + ".")


def _not_json(number: int, raw: bytes, found: Mapping[str, Any], *, first: bool) -> FormatError:
    reason = found.get("ctx", {}).get("error", "")
    if first:
        detail = f"it is not JSON ({reason}). Is this an export, sent as it is (`curl -T FILE`)?"
    elif not raw.endswith(b"\n"):
        detail = f"the file was cut off in it ({reason})."
    else:
        detail = f"it is not JSON ({reason})."
    return at_line(number, detail, status=400)


def _place(found: Mapping[str, Any]) -> str:
    if found["type"].startswith("union_tag"):
        return "kind"
    # The first part is the kind of the line.
    return ".".join(str(part)[:100] for part in found["loc"][1:]) or "line"


def _said(found: Mapping[str, Any]) -> str:
    if found["type"].startswith("union_tag"):
        return "it must be one of " + ", ".join(KINDS)
    told: Any = found["msg"]
    return str(told).removeprefix("Value error, ")
