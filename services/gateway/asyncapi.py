"""The events as an AsyncAPI document, made from the contract itself."""

import json
from functools import cache
from typing import Any

from faststream.nats import NatsBroker
from faststream.specification import AsyncAPI

from shared.contracts.subjects import SUBJECTS


@cache
def asyncapi_document() -> dict[str, Any]:
    """Return the AsyncAPI document of every subject; nothing is connected for it."""
    broker = NatsBroker()
    for subject in SUBJECTS:
        where = f"Stream {subject.stream}." if subject.stream else "Core NATS, not stored."
        broker.publisher(
            subject.pattern,
            title=subject.pattern,
            description=f"{subject.description} {where}",
            schema=subject.event,
        )
    specification = AsyncAPI(broker, title="Membus", version="0.1.0", schema_version="3.0.0")
    document: dict[str, Any] = json.loads(specification.to_specification().to_json())
    return document
