"""Summaries of long conversations where Redis is all there is. For memory_writer only."""

import asyncio

from shared.memory.summary import READ, summarize
from shared.memory.working import WorkingMemory

AT_ONCE = 4
"""Conversations of one call: each takes some tenths of a second of a processor."""

MOST_GROWN = 10_000
"""Conversations that are remembered to have grown; what is over is heard of with its next event."""


class WorkingSummarizer:
    """Summarises what has grown since this process runs. Methods raise DependencyDownError.

    What another process was told and did not come to is due with the conversation's next message.
    """

    def __init__(self, memory: WorkingMemory) -> None:
        self._memory = memory
        self._grown: dict[tuple[str, str], None] = {}

    def grown(self, user_id: str, conversation_id: str) -> None:
        """Look at a conversation soon: something was said in it, or taken out."""
        if len(self._grown) < MOST_GROWN:
            self._grown[user_id, conversation_id] = None

    async def summarize_due(self) -> int:
        """Summarise a few long conversations that have changed; returns how many."""
        made = 0
        while self._grown and made < AT_ONCE:
            place = next(iter(self._grown))
            made += await self._summarize(*place)
            # It stays for the next sweep where Redis does not answer.
            self._grown.pop(place, None)
        return made

    async def _summarize(self, user_id: str, conversation_id: str) -> bool:
        due = await self._memory.summarized.due(user_id, conversation_id)
        if due is None:
            return False
        found, _ = await self._memory.conversation(user_id, conversation_id, limit=READ)
        # What ends by itself would outlive its end in a summary.
        messages = [m for m in found.messages if m.expires_at is None] if found else []
        summary = await asyncio.to_thread(summarize, messages)
        return await self._memory.summarized.put(user_id, conversation_id, summary, due=due)
