"""The live state, once or as a stream; and stopping a turn."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.admin import problems
from services.admin.live import LiveFeed
from services.admin.session import AdminSessions
from shared.broker import Bus
from shared.contracts.events import TurnCancelled
from shared.contracts.ids import SUBJECT_TOKEN
from shared.contracts.subjects import CANCEL
from shared.failures import DependencyDownError
from shared.memory.turns import TurnRecords

_NO_STORE = {"Cache-Control": "no-store"}
# A proxy that gathers an answer before it passes it on would make the page stand still.
_STREAM = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class LiveRoutes:
    """`/admin-api/live`, `/admin-api/stats`, `/admin-api/turns`."""

    def __init__(
        self, *, feed: LiveFeed, sessions: AdminSessions, records: TurnRecords, bus: Bus
    ) -> None:
        self._feed = feed
        self._sessions = sessions
        self._records = records
        self._bus = bus

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/admin-api/live", self.live),
            Route("/admin-api/stats", self.stats),
            Route("/admin-api/turns/{id}", self.stop, methods=["DELETE"]),
        ]

    async def stats(self, _request: Request) -> Response:
        """Return the state at this moment."""
        return Response(await self._feed.state(), 200, _NO_STORE, "application/json")

    async def live(self, request: Request) -> Response:
        """Send the state every second, for as long as the session lasts."""
        return StreamingResponse(self._events(request), 200, _STREAM, "text/event-stream")

    async def _events(self, request: Request) -> AsyncIterator[str]:
        async with aclosing(self._feed.states()) as states:
            async for state in states:
                if not self._sessions.is_admin(request):
                    return
                yield f"data: {state}\n\n"

    async def stop(self, request: Request) -> Response:
        """Stop a turn that waits or runs, as its user could."""
        turn_id = request.path_params["id"]
        try:
            record = await self._records.get(turn_id) if SUBJECT_TOKEN.match(turn_id) else None
            if record is None or record.outcome is not None:
                return problems.response(problems.NO_TURN)
            await self._records.cancel(turn_id)
            await self._bus.send(CANCEL, TurnCancelled(turn_id=turn_id), turn_id)
        except DependencyDownError as error:
            return problems.unavailable(error)
        return Response(status_code=202)
