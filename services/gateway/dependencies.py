"""What the endpoints depend on, taken from the application."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Request

from services.gateway.exporter import Exporter
from services.gateway.identity import IdentityResolver
from services.gateway.importer import Importer
from services.gateway.notices import Noticing
from services.gateway.pending import Pending
from services.gateway.problems import ProblemError, not_found
from services.gateway.searching import Searching
from services.gateway.settings import GatewaySettings
from services.gateway.turns import Turns
from shared.auth import Identity
from shared.broker import Bus
from shared.contracts.ids import MAX_USER_ID, SUBJECT_TOKEN
from shared.contracts.parts import Problem
from shared.health import Probe
from shared.memory.archive import Archive
from shared.memory.reading import Reading
from shared.memory.turns import TurnRecord
from shared.memory.working import WorkingMemory
from shared.telemetry import Telemetry
from shared.wakeups import Wakeups


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that the endpoints use, built once in `create_app`."""

    settings: GatewaySettings
    bus: Bus
    turns: Turns
    memory: Reading
    working: WorkingMemory
    archive: Archive | None
    exporter: Exporter
    importer: Importer
    noticing: Noticing
    pending: Pending
    searching: Searching
    wakeups: Wakeups
    identities: IdentityResolver
    telemetry: Telemetry
    probes: dict[str, Probe]

    async def visible(self, event_id: str) -> bool:
        """Return as soon as a write is visible, or False where that takes too long."""
        return await self.wakeups.wait(event_id, timeout_s=self.settings.visible_wait_s)


async def _gateway(request: Request) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


GatewayDep = Annotated[Gateway, Depends(_gateway)]


async def _caller(request: Request, gateway: GatewayDep) -> Identity:
    identity = gateway.identities.resolve(request)
    structlog.contextvars.bind_contextvars(user_id=identity.user_id)
    return identity


CallerDep = Annotated[Identity, Depends(_caller)]


def owned_user(user_id: str, caller: Identity) -> str:
    """Return whose memory is meant: `me` is the caller, others are for admins only.

    Raises ProblemError.
    """
    if user_id in {"me", caller.user_id}:
        return caller.user_id
    if caller.admin:
        if not SUBJECT_TOKEN.match(user_id) or len(user_id) > MAX_USER_ID:
            raise not_found(what="user")
        return user_id
    raise ProblemError(
        Problem(
            title="Not yours",
            status=403,
            detail="This is another user's memory. Use `me` for your own.",
        )
    )


async def _owned_user(user_id: str, caller: CallerDep) -> str:
    return owned_user(user_id, caller)


OwnedUserDep = Annotated[str, Depends(_owned_user)]


async def _admin(caller: CallerDep) -> Identity:
    if not caller.admin:
        detail = "Only an administrator may: `make token USER=… ADMIN=1` makes a token for one."
        raise ProblemError(Problem(title="Not allowed", status=403, detail=detail))
    return caller


AdminDep = Annotated[Identity, Depends(_admin)]


async def _own_turn(turn_id: str, gateway: GatewayDep, caller: CallerDep) -> TurnRecord:
    record = await gateway.turns.get(turn_id, user_id=caller.user_id)
    if record is None:
        raise not_found(what="turn")
    return record


OwnTurnDep = Annotated[TurnRecord, Depends(_own_turn)]
