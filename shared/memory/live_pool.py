"""Messages of Redis as recall ranks them: read word by word, for no index knows them. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from shared.contracts.parts import Message
from shared.memory.passages import Filters, Passage, Pool, terms_of

Said: TypeAlias = Sequence[tuple[str, Message]]
"""Messages, each with its conversation."""

_READ = 2_000
"""Characters of a message that are read word by word; the record's index has more of it."""

_READ_AT_ONCE = 1_000_000
"""Characters of all messages of one search: above, the oldest are not found by their words."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What the terms of a message depend on."""

    content: str
    name: str | None
    time: datetime

    def message(self) -> Message:
        """Return a message of which the terms are the same."""
        return Message(
            message_id="",
            role="user",
            content=self.content,
            name=self.name,
            time=self.time,
            order=0,
        )


def live_pool(said: Said, terms: Sequence[int], filters: Filters, *, at: datetime) -> Pool:
    """Return the pool of messages that are all there is: each is in it, whatever it says."""
    passages = _passages(said, terms, filters, at=at, known=frozenset())
    lengths = sum(p.length for p in passages)
    return Pool(
        passages=_in_order(passages),
        count=len(passages),
        mean_length=lengths / len(passages) if passages else 0.0,
        holders=Counter(term for p in passages for term in p.terms),
        total=sum(p.candidate for p in passages),
    )


def with_recent(
    pool: Pool, said: Said, terms: Sequence[int], filters: Filters, *, at: datetime
) -> Pool:
    """Return a pool of the record with the messages that it has not, by the pool's frequencies."""
    known = frozenset((p.conversation_id, p.message.message_id) for p in pool.passages)
    more = _passages(said, terms, filters, at=at, known=known)
    if not more:
        return pool
    found = Counter(term for p in more for term in p.terms)
    count, length = pool.count + len(more), sum(p.length for p in more)
    return Pool(
        passages=_in_order([*pool.passages, *more]),
        count=count,
        mean_length=(pool.mean_length * pool.count + length) / count,
        holders={term: pool.holders.get(term, 0) + found[term] for term in terms},
        total=pool.total + sum(p.candidate for p in more),
    )


def passes(conversation_id: str, message: Message, filters: Filters) -> bool:
    """Tell whether a message may be a result. Redis holds none that was superseded or expired."""
    return (
        filters.conversation_id in {None, conversation_id}
        and set(filters.tags) <= set(message.tags)
        and filters.priority in {None, message.priority}
        and (filters.since is None or message.time >= filters.since)
        and (filters.until is None or message.time <= filters.until)
    )


def _passages(
    said: Said,
    terms: Sequence[int],
    filters: Filters,
    *,
    at: datetime,
    known: frozenset[tuple[str, str]],
) -> list[Passage]:
    """Return the passages of messages, once each, but for those that are known."""
    wanted, found, budget = frozenset(terms), dict[tuple[str, str], Passage](), _READ_AT_ONCE
    for conversation_id, message in said:
        key = (conversation_id, message.message_id)
        if key in known or key in found or not _tells(message, filters, at):
            continue
        budget -= min(len(message.content), _READ)
        every = _terms(message) if budget > 0 else {}
        found[key] = Passage(
            conversation_id=conversation_id,
            message=message,
            terms={term: every[term] for term in wanted & every.keys()},
            length=sum(every.values()),
            candidate=passes(conversation_id, message, filters),
        )
    return list(found.values())


def _tells(message: Message, filters: Filters, at: datetime) -> bool:
    """Tell whether a message is there to be found: what failed was never answered."""
    over = message.expires_at is not None and message.expires_at <= at
    return (
        message.status != "failed"
        and bool(message.content.strip())
        and (filters.include_expired or not over)
        and (filters.as_of is None or message.time <= filters.as_of)
    )


def _in_order(passages: Iterable[Passage]) -> list[Passage]:
    """Return passages by conversation and place; those of one place keep their order."""
    by_conversation: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        by_conversation[passage.conversation_id].append(passage)
    return [
        passage
        for conversation_id in sorted(by_conversation)
        for passage in sorted(by_conversation[conversation_id], key=lambda p: p.message.order)
    ]


def _terms(message: Message) -> Mapping[int, int]:
    day = message.time.replace(hour=0, minute=0, second=0, microsecond=0)
    return _counted(_Text(message.content[:_READ], message.name, day))


@lru_cache(maxsize=4096)
def _counted(text: _Text) -> Counter[int]:
    """Return the terms of a text: people search again what they have just searched."""
    return terms_of(text.message())
