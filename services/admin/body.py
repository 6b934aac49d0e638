"""Reads the body of a request, up to a limit."""

from starlette.requests import Request


class TooLargeError(Exception):
    """The body is larger than it may be."""


async def read_body(request: Request, *, limit: int) -> bytes:
    """Return the body. Raises TooLargeError beyond `limit` bytes, without reading on."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise TooLargeError
    return bytes(body)
