"""Which routes of the public API the page passes on: these, and no other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote

Body: TypeAlias = Literal["none", "json", "stream"]
Shape: TypeAlias = Literal["plain", "turn", "history"]


@dataclass(frozen=True)
class Passed:
    """A path of the API, its methods with the body each takes, and what its answer becomes."""

    path: str
    methods: Mapping[str, Body]
    shape: Shape = "plain"

    def filled(self, values: Mapping[str, str]) -> str | None:
        """Return the path with its ids, encoded; None where one would lead elsewhere."""
        if any(value in {".", ".."} or "/" in value for value in values.values()):
            return None
        return self.path.format(**{name: quote(each, safe="") for name, each in values.items()})


_READ: Mapping[str, Body] = {"GET": "none"}
_READ_OR_END: Mapping[str, Body] = {"GET": "none", "DELETE": "none"}
_ALL: Mapping[str, Body] = {"GET": "none", "PATCH": "json", "DELETE": "none"}
_CONVERSATION = "/memory/conversation/{conversation_id}"
_ME = "/memory/user/me"

ROUTES = (
    Passed("/chat/", {"POST": "json"}, "turn"),
    Passed("/chat/turns/{turn_id}", _READ_OR_END),
    Passed("/chat/turns/{turn_id}/events", _READ, "turn"),
    Passed("/models", _READ),
    Passed("/auth/me", _READ),
    Passed("/memory/conversations", _READ),
    Passed(_CONVERSATION, _ALL, "history"),
    Passed(f"{_CONVERSATION}/message/{{message_id}}", {"DELETE": "none"}),
    Passed(_ME, _READ_OR_END),
    Passed(f"{_ME}/facts", {"GET": "none", "POST": "json"}),
    Passed(f"{_ME}/facts/{{fact_id}}", _ALL),
    Passed(f"{_ME}/facts/{{fact_id}}/restore", {"POST": "none"}),
    Passed(f"{_ME}/preferences", {"PUT": "json"}),
    Passed(f"{_ME}/events", _READ),
    Passed(f"{_ME}/export", _READ),
    Passed(f"{_ME}/import", {"POST": "stream"}),
    Passed("/memory/query", {"POST": "json"}),
    Passed("/memory/stats", _READ),
)
