"""How the services are, asked over HTTP; rarely enough to cost them nothing."""

import time

import httpx

from services.admin.settings import AdminSettings
from shared.health import DependencyHealth, check
from shared.pages.peers import readiness

ASK_EVERY_S = 3.0
"""A service asks everything that it needs in turn: once a second would be work of its own."""


class ServicesHealth:
    """The health of every service, asked anew after three seconds."""

    def __init__(self, settings: AdminSettings, peers: httpx.AsyncClient) -> None:
        urls = {
            "gateway": settings.api_url,
            "context": settings.context_url,
            "inference": settings.inference_url,
            "memory_writer": settings.memory_writer_url,
            "web": settings.web_url,
        }
        self._probes = {name: readiness(peers, url) for name, url in urls.items()}
        self._known: dict[str, DependencyHealth] = {}
        self._asked_at = float("-inf")

    async def look(self) -> dict[str, DependencyHealth]:
        """Return the services by name; what they lack is told by name only."""
        if time.monotonic() - self._asked_at >= ASK_EVERY_S:
            self._asked_at = time.monotonic()
            self._known = (await check("admin", self._probes)).dependencies
        return self._known
