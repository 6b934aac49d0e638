"""Working memory: conversations and preferences in Redis, a projection of the MEMORY stream.

A message is one field of a hash and one member of a sorted set, so that appending to a
conversation of 5,000 messages costs what it costs at 10. Applying an event twice, or in another
order, gives the same state: messages have ids of their own and sort by (order, sequence).
"""

import json
from collections.abc import Sequence
from datetime import datetime

from shared.contracts.memory import FactsStated, MessageAdded, PreferencesChanged, TurnClosed
from shared.contracts.parts import Message, Outcome, TurnRef, utcnow
from shared.memory import keys
from shared.memory.barrier import caused_at, fingerprint, user_of
from shared.memory.claims import stated
from shared.memory.connection import Argument, RedisConnection
from shared.memory.fact_rows import facts_of, is_over
from shared.memory.messages import said_by_user, said_in, superseded_by
from shared.memory.models import (
    Appended,
    ConversationMemory,
    ConversationPlace,
    ForgetReceipt,
    SetPreference,
    Statistics,
    TurnContext,
    UserMemory,
)
from shared.memory.redis_rows import (
    ending,
    live_messages,
    message_row,
    moment,
    ms,
    now_ms,
    pairs,
    preference_row,
    preferences_of,
    us,
)
from shared.memory.summary import LONG
from shared.memory.working_details import WorkingDetails, summaries
from shared.memory.working_facts import WorkingFacts
from shared.memory.working_said import WorkingSaid, arrivals, with_conversations
from shared.memory.working_summaries import WorkingSummaries
from shared.memory.working_system import WorkingSystem
from shared.memory.working_trends import WorkingTrends
from shared.settings import Settings

TIES = 16
"""Conversations of one user that may have changed in the same millisecond."""


class WorkingMemory:
    """Redis as working memory. Methods raise DependencyDownError where Redis does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._has_record = int(bool(settings.database_url))
        self._redis = RedisConnection(settings)
        self.facts = WorkingFacts(self._redis, settings)
        self.details = WorkingDetails(self._redis, settings)
        self.said = WorkingSaid(self._redis)
        self.system = WorkingSystem(self._redis)
        self.summarized = WorkingSummaries(self._redis)
        self.trends = WorkingTrends(self._redis, has_record=bool(settings.database_url))

    # --- writing: memory_writer only -------------------------------------------------------

    async def apply_turn(self, event: TurnClosed, *, sequence: int) -> Appended:
        """Keep what was said in a turn, and let the next turn start."""
        found = await self._append(event, sequence=sequence)
        _, messages = said_in(event)
        # Where there is a record, that counts.
        if not self._has_record and found.added >= 0 and found.forgotten < len(messages):
            await self.trends.count(event)
        return found

    async def apply_message(self, event: MessageAdded, *, sequence: int) -> Appended:
        """Keep a message that came from outside a turn."""
        return await self._append(event, sequence=sequence)

    async def _append(self, event: TurnClosed | MessageAdded, *, sequence: int) -> Appended:
        conversation, messages = said_in(event)
        caused = us(caused_at(event))
        found: list[int] = await self._run_append(
            user_of(event),
            conversation,
            closed=event if isinstance(event, TurnClosed) else None,
            recorded_at=event.at,
            stretches=superseded_by(event),
            rows=[message_row(message, sequence, caused) for message in messages],
            said=sequence if any(said_by_user(message) for message in messages) else None,
        )
        added, left_out, partial, user_partial = found
        return Appended(added, left_out, partial, user_partial)

    async def _run_append(
        self,
        user: str,
        conversation: str,
        *,
        recorded_at: datetime,
        stretches: Sequence[tuple[int, int]],
        rows: Sequence[Sequence[Argument]],
        closed: TurnClosed | None = None,
        times: tuple[int, int, int] | None = None,
        completes: bool = False,
        said: int | None = None,
    ) -> list[int]:
        turn_id = closed.turn.turn_id if closed else ""
        found: list[int] = await self._redis.run(
            "append",
            [
                keys.open_turns(user, conversation),
                keys.conversation(user, conversation),
                keys.messages(user, conversation),
                keys.order(user, conversation),
                keys.LIVE_CONVERSATIONS,
                keys.LIVE_MESSAGES,
                keys.TOTALS,
                keys.user(user),
                keys.user_conversations(user),
                keys.preferences(user),
                keys.LIVE_USERS,
                keys.branches(user, conversation),
                keys.LIVE_TURNS,
                keys.user_turns(user),
                keys.turn(turn_id),
                keys.barrier(user),
                keys.EXPIRING,
                keys.claims(user),
                keys.facts(user),
                keys.said(user),
                keys.changes(user, conversation),
                keys.topics(user, conversation),
                *keys.tallies(user),
                keys.arrived(user),
            ],
            [
                *(turn_id, keys.member(user, conversation), conversation, user),
                *(now_ms(), ms(recorded_at)),
                self._settings.conversation_ttl_s * 1000,
                self._settings.user_ttl_s * 1000,
                self._settings.conversation_max_messages,
                *ending(closed),
                *(fingerprint(conversation), self._has_record, int(completes)),
                *(times or ("", "", "")),
                "" if said is None else said,
                len(stretches),
                *(place for stretch in stretches for place in stretch),
                *(field for row in rows for field in row),
            ],
        )
        return found

    async def apply_preferences(self, event: PreferencesChanged, *, sequence: int) -> Appended:
        """Set or remove preferences; for each key the latest change wins."""
        caused = caused_at(event)
        rows = [
            SetPreference(key, value, event.at, sequence, caused)
            for key, value in event.changes.items()
        ]
        # What comes back is old, and its user is there now.
        active = event.imported_at or event.at
        left_out, partial, folds = await self._run_prefer(event.user_id, active, rows)
        noticed = await self.facts.refold(event.user_id) if folds else ()
        return Appended(0, left_out, 0, partial, noticed)

    async def apply_facts(self, event: FactsStated, *, sequence: int) -> Appended:
        """Keep what was stated of a user, and fold it; `added` counts the new claims."""
        found = await self.facts.put(
            event.user_id,
            stated(event, sequence),
            active=event.imported_at or event.at,
            # What is brought back was numbered elsewhere.
            source_sequence=None if event.imported_at else event.source_sequence,
        )
        return found._replace(noticed=await self.facts.refold(event.user_id))

    async def mark_extracted(self, user_id: str, sequence: int) -> None:
        """Note that facts were sought in what was said up to a place of the stream."""
        await self.facts.mark_extracted(user_id, sequence)

    async def _run_prefer(
        self,
        user_id: str,
        recorded_at: datetime,
        rows: Sequence[SetPreference],
        *,
        created: tuple[Argument, Argument] = ("", ""),
        conversations: Sequence[Argument] = (),
        completes: bool = False,
    ) -> tuple[int, int, bool]:
        left_out, partial, folds = await self._redis.run(
            "prefer",
            [
                keys.preferences(user_id),
                keys.user(user_id),
                keys.LIVE_USERS,
                keys.user_conversations(user_id),
                keys.barrier(user_id),
                keys.claims(user_id),
                keys.facts(user_id),
            ],
            [
                *(ms(recorded_at), now_ms(), self._settings.user_ttl_s * 1000, user_id),
                *(self._has_record, int(completes), *created),
                *(len(conversations) // 2, *conversations),
                *(field for row in rows for field in preference_row(row)),
            ],
        )
        return int(left_out), int(partial), bool(folds)

    # --- reading ---------------------------------------------------------------------------

    async def load(self, turn: TurnRef, *, limit: int) -> TurnContext:
        """Return what a turn's prompt needs: one round trip, of which the order is part.

        One more in the moments between the end of a fact by time and its next fold.
        """
        user, conversation = turn.user_id, turn.conversation_id
        found = await self._redis.run(
            "load",
            [
                keys.open_turns(user, conversation),
                keys.turn(turn.turn_id),
                keys.order(user, conversation),
                keys.messages(user, conversation),
                keys.preferences(user),
                keys.ephemeral(user, conversation),
                keys.conversation(user, conversation),
                keys.user(user),
                keys.facts(user),
                keys.said(user),
                keys.user_conversations(user),
                keys.arrived(user),
            ],
            [
                *(turn.turn_id, limit, keys.TURN_PREFIX, now_ms(), turn.memory),
                *(turn.order, "" if turn.branch_from is None else turn.branch_from),
                *(conversation, *arrivals(user), LONG),
            ],
        )
        ahead, outcome, cancelled, withdrawn, messages, preferences, complete, knows_user = found[
            :8
        ]
        [told, preferred, due_ms], unextracted = (*found[8], None, None, None)[:3], found[8 + 1]
        facts = facts_of(told) if told else ()
        known = json.loads(preferred) if preferred else preferences_of(pairs(preferences))
        if is_over(due_ms, utcnow()):
            now = await self.facts.now(user)
            facts, known = now.facts, now.preferences
        newest = sorted(live_messages(messages), key=lambda message: message.order)
        return TurnContext(
            ahead=ahead or None,
            outcome=Outcome.model_validate_json(outcome) if outcome else None,
            cancelled=bool(cancelled),
            withdrawn=bool(withdrawn),
            messages=tuple(newest[-limit:]) if limit else (),
            preferences=known,
            facts=facts,
            decided=frozenset(preferences[::2]),
            complete=bool(complete),
            knows_user=bool(knows_user),
            unextracted=bool(unextracted),
            elsewhere=bool(found[10]),
            recent=with_conversations(found[11]),
            summary=found[12] or None,
        )

    async def conversation(
        self, user_id: str, conversation_id: str, *, limit: int, before: str = ""
    ) -> tuple[ConversationMemory | None, str | None]:
        """Return a page of a conversation, and the id of a turn that ended but is not in it yet.

        `before` is a message id; the page ends with the message before it. None where there is
        no such conversation of this user.
        """
        fields, messages, ended = await self._redis.run(
            "conversation",
            [
                keys.conversation(user_id, conversation_id),
                keys.order(user_id, conversation_id),
                keys.messages(user_id, conversation_id),
                keys.open_turns(user_id, conversation_id),
            ],
            [limit, before, keys.TURN_PREFIX],
        )
        meta = pairs(fields)
        if "messages" not in meta:
            return None, ended or None
        for memory in await self.summaries(user_id, [conversation_id]):
            shown = {"messages": live_messages(messages)}
            return memory.model_copy(update=shown), ended or None
        return None, ended or None

    async def conversations(
        self, user_id: str, *, limit: int, after: ConversationPlace | None = None
    ) -> list[ConversationMemory]:
        """Return a user's conversations, newest first, from the one after a place on."""
        found: list[ConversationMemory] = []
        while len(found) < limit:
            below = "+inf" if after is None else str(ms(after.updated_at))
            # Those of the same millisecond come again: there are not more of them than this.
            rows = await self._redis.members_below(
                keys.user_conversations(user_id), below, limit + TIES
            )
            ids = [
                conversation_id
                for conversation_id, score in rows
                if after is None or (score, conversation_id) < (ms(after[0]), after[1])
            ]
            found += await self.summaries(user_id, ids)
            if len(rows) < limit + TIES or not ids:
                break
            after = ConversationPlace(moment(str(round(rows[-1][1]))), ids[-1])
        return found[:limit]

    async def summaries(
        self, user_id: str, conversation_ids: Sequence[str]
    ) -> list[ConversationMemory]:
        """Return those of some conversations that live here, without their messages."""
        return await summaries(self._redis, user_id, conversation_ids)

    async def user(self, user_id: str) -> UserMemory | None:
        """Return what is known of a user, or None where nothing is."""
        meta, preferences, state = await self._redis.hashes(
            [keys.user(user_id), keys.preferences(user_id), keys.facts(user_id)]
        )
        if "created_ms" not in meta:
            return None
        known = preferences_of(preferences)
        if state:
            known = (await self.facts.current(user_id, state)).preferences
        conversation_ids = await self._redis.members(keys.user_conversations(user_id), 0, 999)
        return UserMemory(
            user_id=user_id,
            preferences=known,
            decided=frozenset(preferences),
            conversation_ids=tuple(conversation_ids),
            created_at=moment(meta["created_ms"]),
            last_active=moment(meta["active_ms"]),
            complete="partial" not in meta,
        )

    async def statistics(self, user_id: str = "", *, topics: int = 0) -> Statistics:
        """Count what lives in Redis, without looking at any conversation.

        Where Redis is all there is, with so many topics of a user, or of all (''), and the models.
        """
        found = await self.trends.statistics(user_id, topics=topics)
        return found.model_copy(update={"system_memories": await self.system.total()})

    async def has_message(self, user_id: str, conversation_id: str, message_id: str) -> bool:
        """Tell whether a message is here."""
        return await self._redis.has_field(keys.messages(user_id, conversation_id), message_id)

    async def message(self, user_id: str, conversation_id: str, message_id: str) -> Message | None:
        """Return one message, or None where it is not here, or has expired."""
        raw = await self._redis.fields(keys.messages(user_id, conversation_id), [message_id])
        return next(iter(live_messages(raw)), None)

    async def receipt(self, event_id: str) -> ForgetReceipt | None:
        """Return what came of a request to forget, so far; None where nothing did."""
        stored = await self._redis.get(keys.receipt(event_id))
        return None if stored is None else ForgetReceipt.model_validate_json(stored)

    async def ping(self) -> None:
        """Return when Redis answers."""
        await self._redis.ping()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()
