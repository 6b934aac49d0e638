"""What Redis counts: what lives in it, and where it is all there is, topics and how models do."""

from datetime import timedelta

from shared.contracts.memory import TurnClosed
from shared.memory import keys
from shared.memory.connection import RedisConnection
from shared.memory.model_figures import (
    KEPT_DAYS,
    MOST_MODELS,
    OTHERS,
    SUMS,
    Tally,
    figures_of,
    tally_of,
)
from shared.memory.models import ModelFigures, Statistics, TopicCount
from shared.memory.redis_rows import ms, now_ms

_MOST_FIELDS = MOST_MODELS * 100
"""Most models have all of their turns in a few dozen buckets, of five sums each."""


TIES = 64
"""Topics of the same weight that are looked at beyond those that are asked for."""


TAKEN_OUT_AT_ONCE = 1_000
"""Bounds how long one call that takes out what has expired holds Redis up."""

_TALLIES = (keys.TOPIC_COUNTS_PREFIX, keys.TOPIC_WEIGHTS_PREFIX)


class WorkingTrends:
    """Sums over all that Redis holds. Methods raise DependencyDownError."""

    def __init__(self, redis: RedisConnection, *, has_record: bool) -> None:
        self._redis = redis
        self._has_record = has_record

    async def statistics(self, user_id: str, *, topics: int) -> Statistics:
        """Count what lives in Redis, after taking out what has expired."""
        more = True
        while more:
            conversations, users, messages, more = await self._redis.run(
                "stats",
                [
                    keys.LIVE_CONVERSATIONS,
                    keys.LIVE_MESSAGES,
                    keys.TOTALS,
                    keys.LIVE_USERS,
                    keys.EXPIRING,
                ],
                [
                    now_ms(),
                    keys.CONVERSATION_PREFIX,
                    keys.MESSAGES_PREFIX,
                    keys.ORDER_PREFIX,
                    TAKEN_OUT_AT_ONCE,
                    keys.TOPICS_PREFIX,
                    *(() if self._has_record else _TALLIES),
                ],
            )
        told = Statistics(
            conversations=conversations,
            users=users,
            messages=messages,
            redis_memory_bytes=await self._redis.memory_bytes(),
        )
        if self._has_record or not topics:
            return told
        named, models = await self.trends(user_id, topics=topics)
        return told.model_copy(update={"topics": tuple(named), "models": models})

    async def count(self, event: TurnClosed) -> None:
        """Count how a turn ended for its model, once."""
        tally = tally_of(event)
        if tally is None:
            return
        await self._redis.run(
            "count_turn",
            [keys.COUNTED_TURNS, keys.MODEL_FIGURES],
            [
                *(event.turn.turn_id, ms(event.at), ms(event.at - timedelta(days=KEPT_DAYS))),
                *(tally.bucket, tally.model, OTHERS, _MOST_FIELDS),
                *(part for name in SUMS for part in (name, getattr(tally, name))),
            ],
        )

    async def trends(
        self, user_id: str, *, topics: int
    ) -> tuple[list[TopicCount], dict[str, ModelFigures]]:
        """Return the heaviest topics of a user, or of all (''), and the figures of models."""
        heavy = await self._redis.members_below(keys.topic_weights(user_id), "+inf", topics + TIES)
        # Two of the same weight stand by name, as in the record.
        named = [topic for topic, _ in sorted(heavy, key=lambda one: (-one[1], one[0]))[:topics]]
        [figures] = await self._redis.hashes([keys.MODEL_FIGURES])
        counts = await self._redis.fields(keys.topic_counts(user_id), named) if named else []
        found = [
            TopicCount(topic=topic, count=int(count))
            for topic, count in zip(named, counts, strict=False)
        ]
        return found, figures_of(_tallies(figures))


def _tallies(figures: dict[str, str]) -> list[Tally]:
    """Return what `count_turn.lua` keeps: "sum bucket model" to a number."""
    rows: dict[tuple[str, int], dict[str, int]] = {}
    for field, value in figures.items():
        name, bucket, model = field.split(" ", 2)
        rows.setdefault((model, int(bucket)), {})[name] = int(value)
    return [Tally(model, bucket, **sums) for (model, bucket), sums in rows.items()]
