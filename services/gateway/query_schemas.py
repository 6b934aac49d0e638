"""The HTTP bodies of searching in what is remembered."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from services.gateway.facts_schemas import Until
from services.gateway.schemas import Body, Name
from shared.contracts.parts import FactStatus, Priority, Role

LONGEST_QUERY = 10_000
"""Characters: more is no question, and its words beyond the first dozens would not count."""

MOST_RESULTS = 1_000

CHARACTERS_PER_TOKEN = 4

RESULT_EXAMPLE: dict[str, Any] = {
    "results": [
        {
            "kind": "fact",
            "id": "fact_0c1d6f4e8a7b2c3d4e5f6a7b",
            "message_id": "01a2048dd7a573e6be549f8d308c-u",
            "conversation_id": "01a2048da80acf7cf958451ea0eb",
            "user_id": "u-4f2a9c1e8b7d6a5f4e3d",
            "role": None,
            "text": "Works at IKEA",
            "time": "2026-11-24T18:00:00Z",
            "score": 1.42,
            "signals": {"bm25": 1.29, "recency": 1.0, "priority": 0.0, "pinned": 0.0},
            "status": "active",
            "tags": [],
            "priority": "medium",
        }
    ],
    "total": 1,
    "degraded": [],
    "took_ms": 2.1,
}


class QueryBody(Body):
    """What to look for. Without a query: everything that passes the filters, newest first."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"query": "Who is my employer?", "memory_type": "fact", "limit": 5},
                {"query": "где я живу", "include_superseded": True},
            ]
        },
    )

    query: Annotated[str, StringConstraints(max_length=LONGEST_QUERY)] | None = None
    memory_type: Literal["conversation", "user", "system", "fact"] | None = None
    user_id: Name | None = Field(
        default=None, description="Whose memory; another user's is for admins only."
    )
    conversation_id: Name | None = Field(
        default=None, description="Only what was said in this conversation."
    )
    tags: list[Name] = Field(
        default=[], max_length=64, description="Only what has all of these tags."
    )
    priority: Priority | None = None
    mode: Literal["hybrid", "keyword", "semantic"] = "hybrid"
    since: Until | None = None
    until: Until | None = None
    as_of: Until | None = Field(default=None, description="What was recorded by then.")
    include_superseded: bool = False
    include_expired: bool = False
    limit: int = Field(
        default=10, ge=1, description=f"At most {MOST_RESULTS} results come, whatever it says."
    )
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Of all texts together; a token is 4 characters, rounded up for each text.",
    )


class QueryResult(BaseModel):
    """Something that was found. `signals` are the parts of its score."""

    kind: Literal["message", "fact", "user", "system"]
    id: str
    message_id: str | None = None
    conversation_id: str | None = None
    user_id: str
    role: Role | None = None
    name: str | None = Field(default=None, description="Of a speaker, where several talk.")
    text: str
    time: AwareDatetime | None
    score: float
    signals: dict[str, float]
    status: FactStatus | None = None
    tags: list[str]
    priority: Priority


class QueryAnswer(BaseModel):
    """What was found, best first; `total` counts what the limits left out, too."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESULT_EXAMPLE]})

    results: list[QueryResult]
    total: int
    degraded: list[str] = Field(
        description="What was not searched (`messages`), or in a lesser form (`semantic`)."
    )
    took_ms: float
