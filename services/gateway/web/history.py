"""Adds the rendered answer to each assistant message of a conversation."""

import asyncio
import json
from typing import Any

from services.gateway.web.markdown import blocks


async def with_html(body: bytes) -> bytes:
    """Return the API's conversation with `html` beside each answer; anything else as it is."""
    return await asyncio.to_thread(_rendered, body)


def _rendered(body: bytes) -> bytes:
    try:
        found: Any = json.loads(body)
        for message in found["messages"]:
            if message["role"] == "assistant":
                message["html"] = blocks(message["content"])
    except (ValueError, KeyError, TypeError):
        return body
    return json.dumps(found, ensure_ascii=False).encode()
