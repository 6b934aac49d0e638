"""The door: what is behind it needs the admin's session. How to get one, and how to end it."""

import re
from http import HTTPStatus
from math import ceil
from urllib.parse import parse_qs, urlencode, urlsplit

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.admin import problems
from services.admin.attempts import Attempts
from services.admin.body import TooLargeError, read_body
from services.admin.session import AdminSessions
from shared.pages.render import Pages

log = structlog.get_logger()

MAX_FORM_BYTES = 16 * 1024
_OPEN = frozenset({"/login", "/health/live", "/health/ready"})
_OPEN_BELOW = ("/static/", "/shared/")
_API = "/admin-api/"
_READING = frozenset({"GET", "HEAD"})
# No second slash after the first and no backslash: browsers take both for another site's name.
_LOCAL = re.compile(r"/(?!/)[!-\[\]-~]*")


class Door:
    """ASGI middleware: lets through what needs no session, or comes with one from this page."""

    def __init__(self, app: ASGIApp, *, sessions: AdminSessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refusal(Request(scope))
        await (refused or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        # Not `request.url`, into which the Host header goes: it could name any path.
        path: str = request.scope["path"]
        reads = request.method in _READING
        if not reads and not _from_here(request):
            return problems.response(problems.NOT_FROM_HERE)
        if path in _OPEN or path.startswith(_OPEN_BELOW) or self._sessions.is_admin(request):
            return None
        if path.startswith(_API) or not reads:
            return problems.response(problems.NOT_LOGGED_IN)
        query = str(request.query_params)
        spoken = {k: v for k, v in request.query_params.items() if k == "lang"}
        to = urlencode({"next": f"{path}?{query}" if query else path, **spoken})
        return RedirectResponse(f"/login?{to}", 303)


class Login:
    """The pages of the door."""

    def __init__(self, *, pages: Pages, sessions: AdminSessions, attempts: Attempts) -> None:
        self._pages = pages
        self._sessions = sessions
        self._attempts = attempts

    def routes(self) -> list[BaseRoute]:
        """Return `/login` and `/logout`."""
        return [
            Route("/login", self.show),
            Route("/login", self.enter, methods=["POST"]),
            Route("/logout", self.leave, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form; who is inside already goes on."""
        wanted = _local(request.query_params.get("next", ""))
        if self._sessions.is_admin(request):
            return RedirectResponse(wanted, 303)
        return self._page(request, wanted)

    async def enter(self, request: Request) -> Response:
        """Check the password; after five wrong ones in a minute the address has to wait."""
        try:
            form = parse_qs(
                (await read_body(request, limit=MAX_FORM_BYTES)).decode(), max_num_fields=8
            )
        except (TooLargeError, ValueError):
            form = {}
        wanted = _local(form.get("next", [""])[0])
        address = request.client.host if request.client else ""
        if not self._sessions.possible:
            return self._page(request, wanted, status=503)
        wait_s = ceil(self._attempts.wait_s(address))
        if wait_s > 0:
            return self._page(request, wanted, status=429, wait_s=wait_s)
        if not self._sessions.knows(form.get("password", [""])[0]):
            self._attempts.failed(address)
            log.warning("wrong admin password", address=address)
            return self._page(request, wanted, status=401)
        self._attempts.succeeded(address)
        response = RedirectResponse(wanted, 303)
        self._sessions.begin(request, response)
        return response

    async def leave(self, request: Request) -> Response:
        """End the session."""
        response = RedirectResponse("/login", 303)
        self._sessions.end(request, response)
        return response

    def _page(
        self, request: Request, wanted: str, *, status: int = 200, wait_s: int = 0
    ) -> Response:
        possible = self._sessions.possible
        values = {
            "next": wanted,
            "wait_s": str(wait_s),
            "hide_wrong": "" if status == HTTPStatus.UNAUTHORIZED else "hidden",
            "hide_wait": "" if wait_s else "hidden",
            "hide_impossible": "hidden" if possible else "",
            "hide_form": "" if possible else "hidden",
        }
        response = self._pages.render("login", request, values, status=status)
        if wait_s:
            response.headers["Retry-After"] = str(wait_s)
        return response


def _local(path: str) -> str:
    """Return a path of this page, or its start: never an address of another site."""
    return path if _LOCAL.fullmatch(path) else "/"


def _from_here(request: Request) -> bool:
    """Whether a change is asked for by this page itself, or by no page at all.

    A browser tells where a request comes from, in one header or the other.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")
