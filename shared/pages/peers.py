"""Asks other services over HTTP how they are."""

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from shared.health import Probe


class PeerNotReadyError(Exception):
    """A service does not answer, or lacks something that it needs; the text may be shown."""


def create_peer_client(*, timeout_s: float) -> httpx.AsyncClient:
    """Return a client for services that are near: no proxies, no redirects, one timeout."""
    return httpx.AsyncClient(timeout=timeout_s, transport=AiohttpTransport())


def readiness(client: httpx.AsyncClient, url: str) -> Probe:
    """Return a probe of a service's `/health/ready`; it raises PeerNotReadyError."""

    async def probe() -> None:
        missing = await missing_of(client, url)
        if missing:
            msg = f"not ready: {', '.join(missing)}"
            raise PeerNotReadyError(msg)

    return probe


async def missing_of(client: httpx.AsyncClient, url: str) -> list[str]:
    """Return the names of the dependencies that a service lacks; nothing when it is ready.

    Names only: addresses and messages stay in the service's own log. Raises PeerNotReadyError
    when it does not answer in a way that a Membus service does.
    """
    try:
        answer = await client.get(f"{url.rstrip('/')}/health/ready")
    except (httpx.HTTPError, aiohttp.ClientError) as error:
        msg = "no answer"
        raise PeerNotReadyError(msg) from error
    if answer.is_success:
        return []
    try:
        dependencies = answer.json()["dependencies"]
        missing = [str(name) for name, found in dependencies.items() if not found["ok"]]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"HTTP {answer.status_code}"
        raise PeerNotReadyError(msg) from error
    return missing or [f"HTTP {answer.status_code}"]
