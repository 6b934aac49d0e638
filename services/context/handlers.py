"""What the context service consumes."""

from structlog.contextvars import bound_contextvars

from services.context.loader import Loader
from shared.consumer import Consumer
from shared.contracts.events import ChatRequested
from shared.contracts.parts import Outcome
from shared.contracts.subjects import CHAT_PROMPTED, CHAT_REQUESTED, CONTEXT_LOADER
from shared.outcome import TurnCloser


def register(consumer: Consumer, *, loader: Loader, closer: TurnCloser) -> None:
    """Subscribe the handlers."""

    @consumer.handles(CHAT_REQUESTED.wildcard, CONTEXT_LOADER)
    async def on_chat_requested(event: ChatRequested) -> None:
        turn = event.turn
        with bound_contextvars(**turn.ids()), consumer.telemetry.timed("prompted", turn=turn):
            prepared = await loader.prepare(event)
            if prepared is None:
                return
            if isinstance(prepared, Outcome):
                await closer.close(turn, question=event.prompt, outcome=prepared)
            else:
                await consumer.bus.publish(
                    CHAT_PROMPTED, prepared, turn.turn_id, message_id=f"{turn.turn_id}:prompted"
                )
