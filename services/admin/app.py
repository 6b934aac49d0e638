"""The admin pages: `uvicorn --factory services.admin.app:create_app`.

There is no login yet, so there is nothing private here: only whether the services are well.
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.admin.settings import AdminSettings
from shared.health import check
from shared.pages.app import create_page_app
from shared.pages.links import public_url
from shared.pages.peers import create_peer_client, missing_of, readiness
from shared.pages.render import Pages


def create_app(settings: AdminSettings | None = None) -> Starlette:
    """Build the pages; nothing connects before a request comes."""
    settings = settings or AdminSettings()
    peers = create_peer_client(timeout_s=settings.probe_timeout_s)
    pages = Pages("services.admin")
    services = {
        "gateway": settings.api_url,
        "context": settings.context_url,
        "inference": settings.inference_url,
        "memory_writer": settings.memory_writer_url,
        "web": settings.web_url,
    }

    async def home(request: Request) -> Response:
        links = {
            "docs_url": f"{public_url(settings.api_url, request)}/docs",
            "other_url": public_url(settings.web_url, request),
        }
        return pages.render("home", request, links)

    async def services_health(_request: Request) -> Response:
        probes = {name: readiness(peers, url) for name, url in services.items()}
        found = await check("admin", probes)
        return JSONResponse({"ok": found.ok, "services": found.model_dump()["dependencies"]})

    async def ask_api() -> list[str]:
        return await missing_of(peers, settings.api_url)

    return create_page_app(
        service="admin",
        settings=settings,
        pages=pages,
        static=Path(__file__).parent / "static",
        routes=[Route("/", home), Route("/health/services", services_health)],
        ask_api=ask_api,
        on_stop=[peers.aclose],
    )
