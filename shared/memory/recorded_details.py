"""What a batch of events brings beside messages, preferences and facts, as rows of the record."""

from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.contracts.memory import ConversationChanged, SystemMemoryChanged, TurnClosed
from shared.memory.changes import PUT_CHANGES, fields_of, record_rows
from shared.memory.model_figures import COUNT_TURNS, row_of, tally_of
from shared.memory.record_json import Key, Row, encoded, in_order, keep_latest
from shared.memory.system_memory import PUT_SYSTEM, memory_of_event, record_row


@dataclass
class Details:
    """Rows, those of one key made one."""

    changes: dict[Key, Row] = field(default_factory=dict)
    turns: dict[Key, Row] = field(default_factory=dict)
    system: dict[Key, Row] = field(default_factory=dict)

    def change(self, event: ConversationChanged, sequence: int) -> None:
        """Set what a user changed of a conversation by hand."""
        user, conversation = event.user_id, event.conversation_id
        for row in record_rows(user, conversation, fields_of(event, sequence)):
            keep_latest(self.changes, (user, conversation, row["field"]), row)

    def count(self, event: TurnClosed) -> None:
        """Count how a turn ended for its model."""
        tally = tally_of(event)
        if tally is not None:
            self.turns[(event.turn.turn_id,)] = row_of(event, tally)

    def set_system(self, event: SystemMemoryChanged, sequence: int) -> None:
        """Set or remove a memory of the system."""
        row = record_row(memory_of_event(event, sequence))
        keep_latest(self.system, (event.system_key,), row)

    async def write(self, connection: AsyncConnection) -> None:
        """Write them, always in the same order: two writers must not wait for each other."""
        for statement, rows in (
            (PUT_CHANGES, self.changes),
            (COUNT_TURNS, self.turns),
            (PUT_SYSTEM, self.system),
        ):
            if rows:
                await connection.execute(statement, {"rows": encoded(in_order(rows))})
