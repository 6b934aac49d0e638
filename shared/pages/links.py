"""Links from one page to another service, as the reader's browser can follow them."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]*)?")


def public_url(url: str, request: Request) -> str:
    """Return the address of a service as seen from where the page was opened.

    An address on loopback means "this machine": it takes over the name under which the reader
    reached the page (localhost, 127.0.0.1, or the machine's name in its network) and keeps its
    port. Any other address stays as it is configured.
    """
    parts = urlsplit(url)
    opened = _HOST.fullmatch(request.headers.get("host", ""))
    if opened is None or not is_loopback(parts.hostname or ""):
        return url.rstrip("/")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{opened[1]}{port}{parts.path}".rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
