"""Downloads one large file over HTTP, going on where an earlier attempt stopped."""

import socket
import threading
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from deploy.embedded.progress import Progress

# An address that cannot be reached is found out within a few seconds.
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
# Tries in a row that bring nothing; each one that brings bytes starts the count anew.
BARREN_TRIES = 3
FIRST_DELAY_S = 0.5


class SourceUnavailableError(Exception):
    """The source cannot be reached, or does not have the file."""


def download(url: str, part: Path, *, size: int, progress: Progress) -> None:
    """Bring `part` to `size` bytes from `url`, with HTTP ranges (RFC 9110, section 14).

    The bytes are not checked here. Raises SourceUnavailableError.
    """
    _resolve(url)
    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    with httpx.Client(timeout=timeout, follow_redirects=True) as client:
        barren = 0
        while _length(part) < size:
            before = _length(part)
            try:
                _continue(client, url, part, size=size, progress=progress)
            except httpx.HTTPError as error:
                barren = 1 if _length(part) > before else barren + 1
                # Nothing at all has come yet: do not make the user wait for a dead address.
                if barren >= BARREN_TRIES or _length(part) == 0:
                    reason = str(error) or type(error).__name__
                    raise SourceUnavailableError(reason) from error
                time.sleep(FIRST_DELAY_S * 2 ** (barren - 1))


def _continue(client: httpx.Client, url: str, part: Path, *, size: int, progress: Progress) -> None:
    """Append what one response brings."""
    have = _length(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            reason = f"HTTP {response.status_code}"
            raise SourceUnavailableError(reason)
        if response.status_code == HTTPStatus.OK:
            # The server does not know ranges, so this is the file from its start.
            have = 0
        offered = have + int(response.headers.get("Content-Length", size - have))
        if offered != size:
            reason = f"it offers {offered} bytes instead of {size}"
            raise SourceUnavailableError(reason)
        with part.open("ab" if have else "wb") as file:
            for chunk in response.iter_raw():
                file.write(chunk)
                have += len(chunk)
                progress.at(have)
    if have < size:
        # httpx notices this itself unless the server sent no length.
        reason = "the connection was cut"
        raise httpx.RemoteProtocolError(reason)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _resolve(url: str) -> None:
    """Look the host up within a limit: without a network the resolver alone may take a minute.

    Behind a proxy the host need not be known here.
    """
    parts = urlsplit(url)
    if getproxies():
        return
    found = threading.Event()

    def look_up() -> None:
        with suppress(OSError):
            socket.getaddrinfo(parts.hostname, parts.port or parts.scheme)
            found.set()
        looked.set()

    looked = threading.Event()
    # A daemon, so that a resolver that hangs does not keep the program from ending.
    threading.Thread(target=look_up, daemon=True).start()
    looked.wait(CONNECT_TIMEOUT_S)
    if not found.is_set():
        reason = f"the address of {parts.hostname} is not known"
        raise SourceUnavailableError(reason)
