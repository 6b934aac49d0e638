"""The admin's session: a signed cookie, given for the password."""

from starlette.requests import Request
from starlette.responses import Response

from services.admin.settings import AdminSettings
from shared.auth import (
    ADMIN_COOKIE,
    ADMIN_SESSION_LIFETIME,
    InvalidCredentialError,
    check_secret,
    is_admin_password,
    issue_admin_session,
    verify_admin_session,
)


class AdminSessions:
    """Gives and checks the cookie. Raises WeakSecretError for a secret that cannot sign."""

    def __init__(self, settings: AdminSettings) -> None:
        self._secret = check_secret(settings.secret_key.get_secret_value())
        self._password = settings.admin_password.get_secret_value()

    @property
    def possible(self) -> bool:
        """Whether there is a password at all; without one nobody gets in."""
        return bool(self._password)

    def knows(self, password: str) -> bool:
        """Whether this is the admin's password."""
        return is_admin_password(self._password, password)

    def is_admin(self, request: Request) -> bool:
        """Whether a request comes with a valid cookie."""
        try:
            cookie = request.cookies.get(ADMIN_COOKIE, "")
            verify_admin_session(self._secret, self._password, cookie)
        except InvalidCredentialError:
            return False
        return True

    def begin(self, request: Request, response: Response) -> None:
        """Set the cookie."""
        response.set_cookie(
            ADMIN_COOKIE,
            issue_admin_session(self._secret, self._password),
            max_age=int(ADMIN_SESSION_LIFETIME.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=_is_https(request),
        )

    def end(self, request: Request, response: Response) -> None:
        """Take the cookie away."""
        response.delete_cookie(
            ADMIN_COOKIE, httponly=True, samesite="strict", secure=_is_https(request)
        )


def _is_https(request: Request) -> bool:
    """Whether the browser uses HTTPS; a false header harms nobody but its sender."""
    forwarded = request.headers.get("x-forwarded-proto", "")
    return request.url.scheme == "https" or forwarded.strip().lower() == "https"
