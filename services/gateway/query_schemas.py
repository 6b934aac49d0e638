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
            "id": "fact_691186e442e66c58daab26cb",
            "message_id": "01a2048dd7a573e6be549f8d308c-u",
            "conversation_id": "01a2048da80acf7cf958451ea0eb",
            "user_id": "u-4f2a9c1e8b7d6a5f4e3d",
            "role": None,
            "name": None,
            "text": "Works at IKEA",
            "time": "2026-11-24T18:00:00Z",
            "score": 1.0,
            "signals": {
                "bm25": 0.78,
                "recency": 0.0,
                "priority": 0.0,
                "pinned": 0.0,
                "evidence": 1.0,
            },
            "status": "active",
            "tags": [],
            "priority": "medium",
        },
        {
            "kind": "message",
            "id": "01a2109658ae37507dd5d9f05ab1",
            "message_id": "01a2109658ae37507dd5d9f05ab1",
            "conversation_id": "work",
            "user_id": "u-4f2a9c1e8b7d6a5f4e3d",
            "role": "user",
            "name": None,
            "text": "Somebody at work has broken the coffee machine again",
            "time": "2026-06-01T08:00:00Z",
            "score": 0.68,
            "signals": {
                "length": 0.22,
                "role": 0.3,
                "recency": 0.03,
                "bm25": 3.35,
                "vector": 1.99,
                "window": 1.99,
                "evidence": 0.68,
            },
            "status": None,
            "tags": [],
            "priority": "medium",
        },
    ],
    "total": 2,
    "degraded": [],
    "took_ms": 21.4,
}


class QueryBody(Body):
    """What to look for. Without a query: everything that passes the filters, newest first."""

    model_config = ConfigDict(
        extra="ignore",
        json_schema_extra={
            "examples": [
                {"query": "Who is my employer?", "memory_type": "fact", "limit": 5},
                {"query": "где я живу", "include_superseded": True},
                {"query": "What did the dentist say?", "memory_type": "conversation"},
                {"query": "что было в июле", "max_tokens": 1000, "limit": 50},
            ]
        },
    )

    query: Annotated[str, StringConstraints(max_length=LONGEST_QUERY)] | None = None
    memory_type: Literal["conversation", "user", "system", "fact"] | None = Field(
        default=None,
        description="Messages, preferences, the system's memory, or facts. None: all in one order.",
    )
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
    mode: Literal["hybrid", "keyword", "semantic"] = Field(
        default="hybrid",
        description="Messages by words and meaning, words alone, or meaning alone."
        " All else is found by its words.",
    )
    since: Until | None = Field(default=None, description="Nothing that was said before.")
    until: Until | None = Field(default=None, description="Nothing that was said afterwards.")
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
    """Something that was found. `signals` are what its score is made of.

    A score orders the results of one query, and says nothing across queries.
    """

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
    """What was found, best first."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESULT_EXAMPLE]})

    results: list[QueryResult]
    total: int = Field(
        description="How much was found in all, what the limits left out, too. Of messages that"
        " answer a query some hundreds are looked at closely, and no more are counted."
    )
    degraded: list[str] = Field(
        description="What worked in a lesser form: messages without meaning (`embedder`), without"
        " what the record alone has (`archive`) or what was just said (`working_memory`); all"
        " else by words where meaning was asked for (`semantic`)."
    )
    took_ms: float
