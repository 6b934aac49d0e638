"""Finds out who is asking: a token, the page's session, or address and User-Agent."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TypeAlias

import structlog
from starlette.requests import HTTPConnection

from shared.auth import (
    SESSION_COOKIE,
    Identity,
    InvalidCredentialError,
    anonymous_id,
    check_secret,
    verify_session,
    verify_token,
)

log = structlog.get_logger()

Address: TypeAlias = IPv4Address | IPv6Address

# Browsers' User-Agents have about 150 characters. The rest of a longer one tells nobody apart.
_MAX_USER_AGENT = 512
# A chain of proxies has a few hops; whoever sends more wants to keep us busy.
_MAX_HOPS = 32


class IdentityResolver:
    """Resolves the caller of a request; the same client has the same id after a restart.

    `trusted_proxies` are addresses or networks whose X-Forwarded-For is believed. Raises
    ValueError for one that is neither, and WeakSecretError for a secret that cannot sign.
    """

    def __init__(self, secret: str, trusted_proxies: Sequence[str]) -> None:
        self._secret = check_secret(secret)
        self._trusted = [ip_network(proxy, strict=False) for proxy in trusted_proxies]

    def resolve(self, request: HTTPConnection) -> Identity:
        """Return who is asking.

        Raises InvalidCredentialError when a bearer token is presented that is not valid: such a
        caller must not be taken for somebody else.
        """
        identity, via, trusted = (
            self._by_token(request) or self._by_session(request) or self._by_address(request)
        )
        log.debug(
            "identity resolved",
            kind=identity.kind,
            user_id=identity.user_id,
            via=via,
            proxy_trusted=trusted,
        )
        return identity

    def _by_token(self, request: HTTPConnection) -> tuple[Identity, str, bool] | None:
        headers = request.headers.getlist("authorization")
        bearers = [header for header in headers if header[:6].lower() == "bearer"]
        if not bearers:
            return None
        if len(headers) > 1:
            reason = "There is more than one Authorization header."
            raise InvalidCredentialError(reason)
        return verify_token(self._secret, bearers[0][6:].strip()), "authorization header", False

    def _by_session(self, request: HTTPConnection) -> tuple[Identity, str, bool] | None:
        cookie = request.cookies.get(SESSION_COOKIE)
        if cookie is None:
            return None
        try:
            return verify_session(self._secret, cookie), "session cookie", False
        except InvalidCredentialError as error:
            # An old cookie must not lock a browser out; the page sets a new one.
            log.debug("session cookie ignored", reason=error.reason)
            return None

    def _by_address(self, request: HTTPConnection) -> tuple[Identity, str, bool]:
        peer = _parse(request.client.host) if request.client else None
        trusted = peer is not None and self._trusts(peer)
        client = self._client_behind(request, peer) if peer is not None and trusted else peer
        user_agent = request.headers.get("user-agent", "")[:_MAX_USER_AGENT]
        user_id = anonymous_id(self._secret, str(client or ""), user_agent)
        return Identity(user_id=user_id, kind="anonymous"), "address and user agent", trusted

    def _client_behind(self, request: HTTPConnection, proxy: Address) -> Address:
        """Return the hop that reached our own proxies: the rightmost that is none of them.

        What stands left of it was written by the client and proves nothing.
        """
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        nearest = proxy
        for hop in reversed(hops[-_MAX_HOPS:]):
            address = _parse(hop)
            if address is None:
                break
            nearest = address
            if not self._trusts(address):
                break
        return nearest

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _parse(text: str) -> Address | None:
    """Read an address as proxies write it, with or without a port; None if it is none."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    # localhost is one client, by whichever protocol it came.
    return IPv4Address("127.0.0.1") if address.is_loopback else address
