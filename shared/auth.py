"""Credentials, signed with the server's secret: API tokens, sessions, anonymous ids.

Tokens and sessions are JSON Web Tokens (RFC 7519) under HS256. They differ in their audience, so
that neither is ever accepted as the other. User ids are opaque: a name never leaves `issue_token`.
"""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import jwt

from shared.contracts.ids import MAX_USER_ID, SUBJECT_TOKEN

SESSION_COOKIE = "membus_session"
"""The cookie that carries the page's session."""

SESSION_LIFETIME = timedelta(days=365)
"""How long a session is valid: as long as a browser may keep a memory without a login."""

ADMIN_COOKIE = "membus_admin"
"""The cookie that carries the admin's session."""

ADMIN_SESSION_LIFETIME = timedelta(hours=12)
"""How long an admin stays logged in: a working day, not a forgotten browser's life."""

_ALGORITHM = "HS256"
_ISSUER = "membus"
_API_AUDIENCE = "membus-api"
_PAGE_AUDIENCE = "membus-page"
_ADMIN_AUDIENCE = "membus-admin"
# A key shorter than the hash weakens HS256 (RFC 7518, section 3.2).
_MIN_SECRET_BYTES = 32
# 80 bits: no two of a billion users meet, and the id stays short in subjects and logs.
_ID_DIGITS = 20
# Clocks of two machines may differ this much.
_LEEWAY = timedelta(seconds=30)
# A signed credential of ours has about 300 characters; nothing longer is worth parsing.
_MAX_CREDENTIAL = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who is asking, and how that was found out."""

    user_id: str
    kind: Literal["token", "session", "anonymous"]
    admin: bool = False


class InvalidCredentialError(Exception):
    """A credential was presented that cannot be accepted; `reason` is fit for its owner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WeakSecretError(ValueError):
    """The server's secret is missing or too short to sign with."""

    def __init__(self) -> None:
        super().__init__(
            f"SECRET_KEY must have at least {_MIN_SECRET_BYTES} bytes. `make up` generates one "
            "into .env; elsewhere set SECRET_KEY to the output of `openssl rand -hex 32`."
        )


def check_secret(secret: str) -> str:
    """Return the secret; raises WeakSecretError when it is too short to sign with."""
    if len(secret.encode()) < _MIN_SECRET_BYTES:
        raise WeakSecretError
    return secret


def issue_token(
    secret: str, *, user: str, admin: bool = False, days: int = 30, now: datetime | None = None
) -> str:
    """Return an API token for a user, valid for `days`. The same name is always the same user.

    Raises ValueError for an empty name or a lifetime under a day, WeakSecretError.
    """
    name = unicodedata.normalize("NFC", user).strip()
    if not name:
        msg = "a token needs the name of its user: make token USER=…"
        raise ValueError(msg)
    if days < 1:
        msg = "a token lives at least one day: DAYS=1"
        raise ValueError(msg)
    user_id = f"u-{_opaque(secret, 'user', name)}"
    claims = {"aud": _API_AUDIENCE, "sub": user_id, "admin": admin}
    return _sign(secret, claims, lifetime=timedelta(days=days), now=now)


def issue_session(secret: str, *, user_id: str, now: datetime | None = None) -> str:
    """Return the value of the page's session cookie, valid for `SESSION_LIFETIME`."""
    claims = {"aud": _PAGE_AUDIENCE, "sub": user_id}
    return _sign(secret, claims, lifetime=SESSION_LIFETIME, now=now)


def verify_token(secret: str, token: str) -> Identity:
    """Return who an API token belongs to. Raises InvalidCredentialError, WeakSecretError."""
    claims = _verified(secret, token, audience=_API_AUDIENCE)
    return Identity(user_id=claims["sub"], kind="token", admin=claims.get("admin") is True)


def verify_session(secret: str, session: str) -> Identity:
    """Return who a session belongs to. Raises InvalidCredentialError, WeakSecretError."""
    claims = _verified(secret, session, audience=_PAGE_AUDIENCE)
    return Identity(user_id=claims["sub"], kind="session")


def is_admin_password(expected: str, given: str) -> bool:
    """Compare in a time that tells nothing; an empty expected password is never met."""
    wanted, offered = (
        unicodedata.normalize("NFC", text).encode(errors="backslashreplace")
        for text in (expected, given)
    )
    return hmac.compare_digest(wanted, offered) and bool(expected)


def issue_admin_session(secret: str, password: str, *, now: datetime | None = None) -> str:
    """Return the value of the admin's cookie, valid for `ADMIN_SESSION_LIFETIME`.

    It is signed with a key of secret and password together, so that a new password ends every
    session. Raises WeakSecretError.
    """
    claims = {"aud": _ADMIN_AUDIENCE, "sub": "admin"}
    key = _admin_key(secret, password)
    return _sign(key, claims, lifetime=ADMIN_SESSION_LIFETIME, now=now)


def verify_admin_session(secret: str, password: str, session: str) -> None:
    """Return if the admin's cookie is valid. Raises InvalidCredentialError, WeakSecretError."""
    if not password:
        reason = "There is no admin password, so nobody can be logged in."
        raise InvalidCredentialError(reason)
    _verified(_admin_key(secret, password), session, audience=_ADMIN_AUDIENCE)


def _admin_key(secret: str, password: str) -> str:
    text = f"membus\0admin-session\0{password}".encode(errors="backslashreplace")
    return hmac.new(check_secret(secret).encode(), text, hashlib.sha256).hexdigest()


def anonymous_id(secret: str, address: str, user_agent: str) -> str:
    """Return the id of a client that shows no credential: HMAC of its address and User-Agent."""
    return f"a-{_opaque(secret, 'anonymous', address, user_agent)}"


def _opaque(secret: str, purpose: str, *parts: str) -> str:
    """Return a keyed hash; `purpose` keeps the kinds of ids apart, NUL keeps the parts apart."""
    text = "\0".join(["membus", purpose, *parts]).encode(errors="backslashreplace")
    return hmac.new(check_secret(secret).encode(), text, hashlib.sha256).hexdigest()[:_ID_DIGITS]


def _sign(secret: str, claims: dict[str, Any], *, lifetime: timedelta, now: datetime | None) -> str:
    issued = now or datetime.now(UTC)
    times = {"iat": issued, "exp": issued + lifetime}
    return jwt.encode({"iss": _ISSUER, **claims, **times}, check_secret(secret), _ALGORITHM)


def _verified(secret: str, credential: str, *, audience: str) -> dict[str, Any]:
    check_secret(secret)
    if len(credential) > _MAX_CREDENTIAL or not credential.isascii():
        reason = "It is too long, or has other characters, than a credential of this server."
        raise InvalidCredentialError(reason)
    try:
        claims = jwt.decode(
            credential,
            secret,
            algorithms=[_ALGORITHM],
            audience=audience,
            issuer=_ISSUER,
            leeway=_LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"], "strict_aud": True},
        )
    except jwt.ExpiredSignatureError as error:
        reason = "It has expired. Get a new one: make token USER=…"
        raise InvalidCredentialError(reason) from error
    # The JSON of a hostile header may be nested deeper than Python can parse.
    except (jwt.InvalidTokenError, RecursionError) as error:
        reason = "It was not issued by this server, or not for this purpose."
        raise InvalidCredentialError(reason) from error
    if len(claims["sub"]) > MAX_USER_ID or not SUBJECT_TOKEN.match(claims["sub"]):
        reason = "It names no user of this server."
        raise InvalidCredentialError(reason)
    return claims
