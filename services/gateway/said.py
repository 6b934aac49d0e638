"""Asks recall for the messages that a query is about, and tells them as results."""

from datetime import datetime

from services.gateway.mixing import BEHIND, Hit
from services.gateway.query_schemas import MOST_RESULTS, QueryBody, QueryResult
from shared.memory.passages import Filters
from shared.memory.questions import Question
from shared.memory.recall import Recalled, RecalledPassage, RecallQuery

_TO_CHOOSE_FROM = 200
"""Messages from which a budget of tokens is filled: a short one may come from behind a long one."""

_OUT_OF_TIME = 0.5
"""What the evidence of a result is worth that was not said in the time that is spoken of."""


def recall_query(asked: QueryBody, *, at: datetime) -> RecallQuery:
    """Return what recall is asked for; `at` is the moment from which "last week" is counted."""
    least = 1 if asked.max_tokens is None else _TO_CHOOSE_FROM
    return RecallQuery(
        text=asked.query or "",
        at=at,
        mode=asked.mode,
        limit=min(max(asked.limit, least) + BEHIND, MOST_RESULTS),
        filters=Filters(
            conversation_id=asked.conversation_id,
            tags=tuple(asked.tags),
            priority=asked.priority,
            since=asked.since,
            until=asked.until,
            as_of=asked.as_of,
            include_superseded=asked.include_superseded,
            include_expired=asked.include_expired,
        ),
    )


def of_messages(user_id: str, recalled: Recalled, question: Question) -> list[Hit]:
    """Return the messages that recall has found of a user, best first."""
    return [_hit(user_id, passage, question) for passage in recalled.passages]


def in_time(evidence: float, time: datetime | None, question: Question) -> float:
    """Return what evidence is worth where a question speaks of an exact time."""
    if not (question.periods and question.exact):
        return evidence
    inside = time is not None and any(one.start <= time < one.end for one in question.periods)
    return evidence if inside else evidence * _OUT_OF_TIME


def _hit(user_id: str, passage: RecalledPassage, question: Question) -> Hit:
    message = passage.message
    result = QueryResult(
        kind="message",
        id=message.message_id,
        message_id=message.message_id,
        conversation_id=passage.conversation_id,
        user_id=user_id,
        role=message.role,
        name=message.name,
        text=message.content,
        time=message.time,
        score=passage.score,
        signals=passage.signals,
        status="superseded" if passage.superseded else None,
        tags=list(message.tags),
        priority=message.priority,
    )
    return Hit(
        result,
        evidence=in_time(passage.evidence, message.time, question),
        past=passage.superseded,
        again="repeated" in passage.signals,
    )
