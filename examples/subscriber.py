"""A NATS subscriber of your own: prints every turn as it ends, and nothing that was said.

    .venv/bin/python examples/subscriber.py [nats://127.0.0.1:14222]

Metrics events travel over core NATS and hold ids and numbers only. The subjects and the schema of
every event are at http://localhost:8000/asyncapi.json.
"""

import asyncio
import sys

from faststream import FastStream
from faststream.nats import NatsBroker
from pydantic import BaseModel


class MetricRecorded(BaseModel):
    """The part of the event that is printed here; further fields are ignored."""

    service: str
    turn_id: str | None = None
    values: dict[str, float] = {}
    labels: dict[str, str] = {}


broker = NatsBroker(sys.argv[1] if len(sys.argv) > 1 else "nats://127.0.0.1:14222", logger=None)
app = FastStream(broker, logger=None)


@broker.subscriber("metrics.*.turn-closed")
async def on_turn_closed(event: MetricRecorded) -> None:
    """Print one line for each turn."""
    total_s = event.values.get("total_ms", 0) / 1000
    tokens = event.values.get("completion_tokens", 0)
    status, model = event.labels.get("status"), event.labels.get("model")
    print(f"{event.turn_id} {status} {model}: {tokens:.0f} tokens in {total_s:.2f} s", flush=True)


@app.after_startup
async def ready() -> None:
    """Tell that the subscription stands."""
    print("listening", flush=True)


if __name__ == "__main__":
    asyncio.run(app.run())
