"""The page's session: a signed cookie, set where there is none, that tells browsers apart."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from shared.auth import (
    SESSION_COOKIE,
    SESSION_LIFETIME,
    InvalidCredentialError,
    check_secret,
    issue_session,
    verify_session,
)


class Sessions:
    """Sets and checks the session cookie. Raises WeakSecretError for a secret that cannot sign."""

    def __init__(self, secret: str) -> None:
        self._secret = check_secret(secret)

    def cookie_of(self, request: Request) -> str | None:
        """Return the request's session cookie if it is valid."""
        cookie = request.cookies.get(SESSION_COOKIE, "")
        try:
            verify_session(self._secret, cookie)
        except InvalidCredentialError:
            return None
        return cookie

    def keep(self, request: Request, response: Response) -> None:
        """Leave a valid session alone; where there is none, begin one."""
        if self.cookie_of(request) is not None:
            return
        response.set_cookie(
            SESSION_COOKIE,
            issue_session(self._secret, user_id=f"s-{secrets.token_hex(10)}"),
            max_age=int(SESSION_LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=_is_https(request),
        )


def _is_https(request: Request) -> bool:
    """Whether the browser uses HTTPS; a false header harms nobody but its sender."""
    forwarded = request.headers.get("x-forwarded-proto", "")
    return request.url.scheme == "https" or forwarded.strip().lower() == "https"
