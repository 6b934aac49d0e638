"""The chat page: `uvicorn --factory services.gateway.web.app:create_app`."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.web.proxy import ChatProxy
from services.gateway.web.session import Sessions
from services.gateway.web.settings import WebSettings
from shared.pages.app import create_page_app
from shared.pages.links import public_url
from shared.pages.peers import create_peer_client, missing_of
from shared.pages.render import Pages


def create_app(settings: WebSettings | None = None) -> Starlette:
    """Build the page; nothing connects before a request comes."""
    settings = settings or WebSettings()
    sessions = Sessions(settings.secret_key.get_secret_value())
    proxy = ChatProxy(settings=settings, sessions=sessions)
    peers = create_peer_client(timeout_s=settings.probe_timeout_s)
    pages = Pages("services.gateway.web")

    async def home(request: Request) -> Response:
        links = {
            "docs_url": f"{public_url(settings.api_url, request)}/docs",
            "other_url": public_url(settings.admin_url, request),
        }
        response = pages.render("home", request, links)
        sessions.keep(request, response)
        return response

    async def ask_api() -> list[str]:
        return await missing_of(peers, settings.api_url)

    return create_page_app(
        service="web",
        settings=settings,
        pages=pages,
        static=Path(__file__).parent / "static",
        routes=[Route("/", home), Route("/chat/", proxy.chat, methods=["POST"])],
        ask_api=ask_api,
        on_stop=[proxy.close, peers.aclose],
    )
