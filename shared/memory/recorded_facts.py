"""Claims and hand-set preferences as the record holds them, for whoever folds facts from them."""

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.memory import FactClaim
from shared.memory.models import SetPreference, StatedClaim, StatedMemory

CLAIM_COLUMNS = (
    "claim_id, conversation_id, message_id, said_at, sequence, place, recorded_at, caused_at, body"
)

_CLAIMS = text(f"SELECT {CLAIM_COLUMNS} FROM fact_claims WHERE user_id = :user")
_PREFERENCES = text("""
SELECT key, value, set_at, sequence, caused_at FROM preferences WHERE user_id = :user ORDER BY key
""")


async def recorded_memory(connection: AsyncConnection, user_id: str) -> StatedMemory:
    """Return what the facts and preferences of a user are folded from."""
    asked = {"user": user_id}
    claims = [stated_of(row) for row in await connection.execute(_CLAIMS, asked)]
    rows = await connection.execute(_PREFERENCES, asked)
    return StatedMemory(claims, [SetPreference(*row) for row in rows])


def stated_of(row: Row[Any]) -> StatedClaim:
    """Return a claim with its place, from its row."""
    return StatedClaim(
        claim=FactClaim.model_validate(row.body),
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        said_at=row.said_at,
        sequence=row.sequence,
        index=row.place,
        recorded_at=row.recorded_at,
        caused_at=row.caused_at,
    )
