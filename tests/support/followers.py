"""Clients that follow a turn, and further gateways for them to come to."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from tests.support.pipeline import Pipeline, Service, serve


@dataclass(frozen=True)
class Heard:
    """One event of a stream."""

    event_id: str
    event: str
    data: dict[str, Any]


class Parser:
    """Makes lines into events."""

    def __init__(self) -> None:
        self._fields: dict[str, str] = {}

    def take(self, line: str) -> Heard | None:
        """Return the event that ends with this line."""
        if line:
            name, _, value = line.partition(": ")
            self._fields[name] = value
            return None
        fields, self._fields = self._fields, {}
        if "event" not in fields:
            return None
        return Heard(fields.get("id", ""), fields["event"], json.loads(fields["data"]))


async def heard(response: httpx.Response) -> AsyncIterator[Heard]:
    """Yield the events of a stream with their ids."""
    parser = Parser()
    async for line in response.aiter_lines():
        if (one := parser.take(line)) is not None:
            yield one


def text_of(events: list[Heard]) -> str:
    """Return what a page shows after these events: the tokens since the last reset."""
    text = ""
    for one in events:
        text = "" if one.event == "reset" else text + one.data.get("text", "")
    return text


@asynccontextmanager
async def one_more_gateway(
    pipeline: Pipeline, **more: Any
) -> AsyncIterator[tuple[Service, httpx.AsyncClient]]:
    """Run one more gateway, and a client of it that is the same user."""
    settings = GatewaySettings(**pipeline.environment, **more)
    service = await serve(create_app(settings), graceful_s=0)
    agent = {"user-agent": pipeline.client.headers["user-agent"]}
    try:
        async with httpx.AsyncClient(base_url=service.url, headers=agent, timeout=30) as client:
            yield service, client
    finally:
        await service.stop()
