"""Small HTTP questions over the standard library: is it there, is it ready, what does it say."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

HTTP_OK = 200
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""What is asked lies on this machine or in its network: never through a proxy."""


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when nothing did."""

    status: int
    body: Any = None

    @property
    def ok(self) -> bool:
        """Whether the status is 200."""
        return self.status == HTTP_OK


def get(url: str, timeout_s: float, *, bearer: str = "") -> Answer:
    """GET a URL and read its JSON, if it is JSON."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 - a configured address
        with NO_PROXY.open(request, timeout=timeout_s) as response:
            return Answer(response.status, _json(response.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _json(error.read()))
    except (OSError, HTTPException, ValueError):
        return Answer(0)


def unready(body: Any) -> str:
    """Say in a few words which dependencies a /health/ready body calls not ok."""
    dependencies = body.get("dependencies") if isinstance(body, dict) else None
    if not isinstance(dependencies, dict):
        return ""
    return ", ".join(
        f"{name}: {found.get('error') or 'not ok'}"
        for name, found in dependencies.items()
        if isinstance(found, dict) and not found.get("ok")
    )


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
