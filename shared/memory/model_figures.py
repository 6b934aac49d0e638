"""How models do: turns, tokens and times by model, from how turns ended.

Times are kept as a histogram whose buckets grow by 5 %, so that percentiles of any number of turns
cost the same and are right to 2.5 %. A turn counts once, by its id.
"""

import math
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import text

from shared.contracts.memory import TurnClosed
from shared.memory.models import ModelFigures
from shared.memory.record_json import Row

GROWTH = 1.05
UNTIMED = -1
"""The bucket of turns that were not answered: how long they took says nothing of the model."""

MOST_MODELS = 200
"""A client may ask for any name; what is over is counted together."""

OTHERS = "(others)"
KEPT_DAYS = 45
"""Longer than any stream keeps an event that could come again (30 days)."""

SUMS = ("turns", "failures", "tokens", "timed_tokens", "timed_us")

COUNT_TURNS = text(f"""
WITH told AS (
    SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
        turn_id text, user_id text, conversation_id text, caused_at timestamptz, model text,
        bucket integer, turns bigint, failures bigint, tokens bigint, timed_tokens bigint,
        timed_us bigint)
), new AS (
    INSERT INTO counted_turns (turn_id, user_id, conversation_id, caused_at)
    SELECT turn_id, user_id, conversation_id, caused_at FROM told ORDER BY turn_id
    ON CONFLICT DO NOTHING RETURNING turn_id
), named AS (
    SELECT CASE WHEN told.model IN (SELECT model FROM model_figures)
            OR (SELECT count(DISTINCT model) FROM model_figures) < {MOST_MODELS}
            THEN told.model ELSE '{OTHERS}' END AS model,
        bucket, turns, failures, tokens, timed_tokens, timed_us
    FROM told JOIN new USING (turn_id)
)
INSERT INTO model_figures AS f (model, bucket, {", ".join(SUMS)})
SELECT model, bucket, {", ".join(f"sum({name})" for name in SUMS)} FROM named
GROUP BY model, bucket ORDER BY model, bucket
ON CONFLICT (model, bucket) DO UPDATE SET
    {", ".join(f"{name} = f.{name} + excluded.{name}" for name in SUMS)}
""")

FORGET_TURNS = text("""
WITH gone AS (
    DELETE FROM counted_turns
    WHERE user_id = :user AND caused_at <= :until AND (:conversation = '' OR
        left(encode(sha256(convert_to(conversation_id, 'UTF8')), 'hex'), 32) = :conversation)
    RETURNING 1
)
SELECT count(*) FROM gone
""")

PRUNE_TURNS = text(f"""
DELETE FROM counted_turns WHERE caused_at < now() - interval '{KEPT_DAYS} days'
""")

TALLIES = f"""(
    SELECT coalesce(jsonb_agg(jsonb_build_array(model, bucket, {", ".join(SUMS)})), '[]')
    FROM model_figures)"""
"""All sums in one value: arrays as `Tally` has them."""


class Tally(NamedTuple):
    """The sums of one model and one bucket of its times."""

    model: str
    bucket: int
    turns: int
    failures: int
    tokens: int
    timed_tokens: int
    timed_us: int


def tally_of(event: TurnClosed) -> Tally | None:
    """Return what a turn adds; None where nothing may be kept of it, or no model was asked."""
    outcome = event.outcome
    if event.question is None or not outcome.model:
        return None
    total, first = outcome.timings.total_ms, outcome.timings.first_token_ms
    tokens = outcome.usage.completion_tokens or 0
    answered = outcome.status == "completed"
    timed = answered and total is not None and first is not None and total > first and tokens > 0
    return Tally(
        model=outcome.model,
        bucket=bucket_of(total) if answered and total is not None else UNTIMED,
        turns=1,
        failures=int(outcome.status in {"failed", "expired"}),
        tokens=tokens,
        timed_tokens=tokens if timed else 0,
        timed_us=round((total - first) * 1000) if timed and total and first is not None else 0,
    )


def row_of(event: TurnClosed, tally: Tally) -> Row:
    """Return a turn as COUNT_TURNS takes it."""
    turn = event.turn
    return {
        "turn_id": turn.turn_id,
        "user_id": turn.user_id,
        "conversation_id": turn.conversation_id,
        "caused_at": turn.accepted_at.isoformat(),
        **tally._asdict(),
    }


def bucket_of(milliseconds: float) -> int:
    """Return the bucket of a time: what is shorter than a millisecond is one."""
    return round(math.log(max(milliseconds, 1.0), GROWTH))


def figures_of(tallies: Iterable[Tally]) -> dict[str, ModelFigures]:
    """Return the figures of each model, by its name."""
    by_model: dict[str, list[Tally]] = {}
    for one in tallies:
        by_model.setdefault(one.model, []).append(one)
    return {model: _figures(found) for model, found in sorted(by_model.items())}


def _figures(tallies: list[Tally]) -> ModelFigures:
    timed_us = sum(one.timed_us for one in tallies)
    timed_tokens = sum(one.timed_tokens for one in tallies)
    return ModelFigures(
        turns=sum(one.turns for one in tallies),
        tokens=sum(one.tokens for one in tallies),
        p50_ms=_percentile(tallies, 0.5),
        p95_ms=_percentile(tallies, 0.95),
        tokens_per_second=round(timed_tokens * 1e6 / timed_us, 1) if timed_us else None,
        failures=sum(one.failures for one in tallies),
    )


def _percentile(tallies: list[Tally], share: float) -> float | None:
    timed = sorted((one.bucket, one.turns) for one in tallies if one.bucket != UNTIMED)
    rank = math.ceil(share * sum(turns for _, turns in timed))
    for bucket, turns in timed:
        rank -= turns
        if rank <= 0:
            return round(GROWTH**bucket, 1)
    return None
