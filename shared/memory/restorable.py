"""Working memory that can be put back from the record: for memory_writer only."""

from collections.abc import Sequence
from datetime import datetime

from shared.memory import keys
from shared.memory.models import (
    Appended,
    ConversationMemory,
    ConversationPlace,
    Restored,
    SetPreference,
    StatedClaim,
    UserMemory,
)
from shared.memory.redis_rows import message_row, ms, us
from shared.memory.working import WorkingMemory


class RestorableMemory(WorkingMemory):
    """Redis as working memory, and what it lost. Methods raise DependencyDownError."""

    async def restore(
        self, conversation: ConversationMemory, part: Restored, *, completes: bool = False
    ) -> Appended:
        """Put back a part of a conversation from the record; `completes` where it is the last one.

        What is there already stays as it is, and what was forgotten meanwhile stays away.
        """
        found: list[int] = await self._run_append(
            conversation.user_id,
            conversation.conversation_id,
            recorded_at=part.recorded_at,
            stretches=part.stretches,
            rows=[
                message_row(one.message, one.sequence, us(one.caused_at)) for one in part.messages
            ],
            times=(
                ms(conversation.created_at),
                ms(conversation.updated_at),
                us(part.caused_at),
            ),
            completes=completes,
        )
        added, left_out, partial, user_partial = found
        return Appended(added, left_out, partial, user_partial)

    async def restore_user(
        self,
        user: UserMemory,
        *,
        caused_at: datetime,
        preferences: Sequence[SetPreference],
        conversations: Sequence[ConversationPlace],
        claims: Sequence[StatedClaim] = (),
    ) -> None:
        """Put back what the record knows of a user, but for what was said.

        `caused_at` is the latest cause of it, by which a user who was forgotten meanwhile is told.
        """
        # Before it is called whole.
        if claims:
            await self.facts.put(
                user.user_id, claims, active=user.last_active, created=user.created_at
            )
        await self._run_prefer(
            user.user_id,
            user.last_active,
            preferences,
            created=(ms(user.created_at), us(caused_at)),
            conversations=[
                field
                for place in conversations
                for field in (ms(place.updated_at), place.conversation_id)
            ],
            completes=True,
        )
        await self.facts.refold(user.user_id)

    async def lacks(self, user_id: str, conversation_id: str | None) -> bool:
        """Tell whether the record may hold more of a conversation, or of the user (None)."""
        name = (
            keys.user(user_id)
            if conversation_id is None
            else keys.conversation(user_id, conversation_id)
        )
        return await self._redis.has_field(name, "partial")

    async def fullness(self) -> float:
        """Return the share of its memory that Redis uses; 0 where it has no limit."""
        return await self._redis.fullness()

    async def rebuilt(self) -> str | None:
        """Return when Redis was last put back from the record; None where it is new."""
        return await self._redis.get(keys.REBUILT)

    async def mark_rebuilt(self, at: datetime) -> None:
        """Remember that Redis holds what it should of the record."""
        await self._redis.put(keys.REBUILT, at.isoformat())

    async def claim_rebuild(self, owner: str, *, ttl_s: float) -> bool:
        """Take the work of putting back, or keep it; False where another process has it."""
        return bool(await self._redis.run("claim", [keys.REBUILDER], [owner, round(ttl_s * 1000)]))

    async def release_rebuild(self, owner: str) -> None:
        """Let another process put back."""
        await self.claim_rebuild(owner, ttl_s=0.001)
