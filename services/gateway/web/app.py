"""The chat page: `uvicorn --factory services.gateway.web.app:create_app`."""

import tomllib
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.gateway.web.proxy import ApiProxy
from services.gateway.web.session import Sessions
from services.gateway.web.settings import WebSettings
from shared.pages.app import create_page_app
from shared.pages.language import LANGUAGES, Language, page_language
from shared.pages.links import public_url
from shared.pages.peers import create_peer_client, missing_of
from shared.pages.render import Pages

_CLIENT_TEXTS = ("shell", "thread", "about")


def create_app(settings: WebSettings | None = None) -> Starlette:
    """Build the page; nothing connects before a request comes."""
    settings = settings or WebSettings()
    sessions = Sessions(settings.secret_key.get_secret_value())
    proxy = ApiProxy(settings=settings, sessions=sessions)
    peers = create_peer_client(timeout_s=settings.probe_timeout_s)
    pages = Pages("services.gateway.web")
    client_texts = {language: _client_texts(language) for language in LANGUAGES}

    async def home(request: Request) -> Response:
        links = {
            "docs_url": f"{public_url(settings.api_url, request)}/docs",
            "other_url": public_url(settings.admin_url, request),
        }
        texts = {"texts": client_texts[page_language(request)]}
        response = pages.render("home", request, links, data=texts)
        sessions.keep(request, response)
        return response

    async def ask_api() -> list[str]:
        return await missing_of(peers, settings.api_url)

    return create_page_app(
        service="web",
        settings=settings,
        pages=pages,
        static=Path(__file__).parent / "static",
        routes=[Route("/", home), Route("/c/{conversation_id}", home), *proxy.routes()],
        ask_api=ask_api,
        on_stop=[proxy.close, peers.aclose],
    )


def _client_texts(language: Language) -> dict[str, str]:
    """Return what the page's scripts say, of all their files."""
    found: dict[str, str] = {}
    for name in _CLIENT_TEXTS:
        file = Path(__file__).parent / "texts" / f"{name}.{language}.toml"
        if file.exists():
            found |= tomllib.loads(file.read_text(encoding="utf-8"))
    return found
