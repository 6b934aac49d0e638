"""The admin pages: `uvicorn --factory services.admin.app:create_app`.

They come up, and stay useful, whatever else is away: that is when they are needed.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.admin.attempts import Attempts
from services.admin.dashboard import Dashboard
from services.admin.figures import Figures
from services.admin.health import ServicesHealth
from services.admin.link import NatsLink
from services.admin.live import LiveFeed
from services.admin.login import Door, Login
from services.admin.metrics import TurnMetrics
from services.admin.queues import QueueWatch
from services.admin.routes.letters import LetterRoutes
from services.admin.routes.live import LiveRoutes
from services.admin.session import AdminSessions
from services.admin.settings import AdminSettings
from services.admin.shutdown import on_stop_signal
from shared.broker import Bus, create_broker
from shared.dead_letters import DeadLetters
from shared.memory.turns import TurnRecords
from shared.pages.app import create_page_app
from shared.pages.links import public_url
from shared.pages.peers import create_peer_client, missing_of
from shared.pages.render import Pages


def create_app(settings: AdminSettings | None = None) -> Starlette:
    """Build the pages; nothing connects before they start."""
    settings = settings or AdminSettings()
    sessions, pages = AdminSessions(settings), Pages("services.admin")
    peers = create_peer_client(timeout_s=settings.probe_timeout_s)
    broker = create_broker(settings, service="admin")
    bus, records, figures = Bus(broker, settings), TurnRecords(settings), Figures()
    metrics = TurnMetrics(figures, bus)

    async def look_back() -> None:
        await metrics.look_back(link.jetstream())

    link = NatsLink(broker, on_first=metrics.listen, on_connected=look_back)
    dashboard = Dashboard(
        figures=figures,
        records=records,
        queues=QueueWatch(link.jetstream, settings),
        services=ServicesHealth(settings, peers),
    )
    feed = LiveFeed(dashboard.json)

    async def home(request: Request) -> Response:
        links = {
            "docs_url": f"{public_url(settings.api_url, request)}/docs",
            "other_url": public_url(settings.web_url, request),
        }
        return pages.render("home", request, links)

    async def ask_api() -> list[str]:
        return await missing_of(peers, settings.api_url)

    app = create_page_app(
        service="admin",
        settings=settings,
        pages=pages,
        static=Path(__file__).parent / "static",
        routes=[
            Route("/", home),
            *Login(pages=pages, sessions=sessions, attempts=Attempts()).routes(),
            *LetterRoutes(DeadLetters(jetstream=link.jetstream, bus=bus)).routes(),
            *LiveRoutes(feed=feed, sessions=sessions, records=records, bus=bus).routes(),
        ],
        ask_api=ask_api,
        on_stop=[link.stop, records.close, peers.aclose],
    )
    created = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(started: Starlette) -> AsyncIterator[None]:
        async with created(started):
            await link.start()
            with on_stop_signal(feed.close):
                yield

    app.router.lifespan_context = lifespan
    # Innermost, so that what the door answers carries the security headers too.
    app.user_middleware.append(Middleware(Door, sessions=sessions))
    return app
