"""What a user changed of a fact by hand."""

from datetime import datetime

from shared.contracts.memory import FactAmendment
from shared.memory.fact_entry import Entry
from shared.memory.fact_ledger import FactLedger


def amend(ledger: FactLedger, entry: Entry, change: FactAmendment, at: datetime) -> None:
    """Apply a change to an entry: its fields, and then what it asks of the status."""
    _set_fields(ledger, entry, change)
    outdated = change.valid_until is not None and change.valid_until <= at
    if change.status == "retracted":
        ledger.close(entry, "retracted", at)
    elif change.status == "active" and entry.status != "active":
        _restore(ledger, entry, at)
    elif outdated and entry.status == "active":
        ledger.close(entry, "superseded", at, until=change.valid_until)
    elif change.value is not None and entry.status == "active":
        _prevail(ledger, entry, at)
    entry.note(at)


def _set_fields(ledger: FactLedger, entry: Entry, change: FactAmendment) -> None:
    """Set the fields that a change names."""
    if change.value is not None:
        ledger.rename(entry, change.key or (change.value,), change.value, change.text)
    elif change.text is not None:
        entry.text = change.text
    if change.valid_until is not None:
        entry.valid_until = change.valid_until
    if change.expires_at is not None:
        entry.expires_at = change.expires_at
    if change.pinned is not None:
        entry.pinned = change.pinned
    if change.tags is not None:
        entry.tags = change.tags
    if change.priority is not None:
        entry.priority = change.priority


def _restore(ledger: FactLedger, entry: Entry, at: datetime) -> None:
    """Let a fact hold again, whatever closed it, from now on and without an end in the past."""
    if entry.valid_until is not None and entry.valid_until <= at:
        entry.valid_until = None
    ledger.reopen(entry)
    _prevail(ledger, entry, at)


def _prevail(ledger: FactLedger, entry: Entry, at: datetime) -> None:
    """Close what cannot hold beside a fact that was set by hand, and others that say the same."""
    same = [other for other in ledger.equals(entry.predicate, entry.key, at) if other is not entry]
    for other in dict.fromkeys((*same, *ledger.rivals(entry, at))):
        ledger.close(other, "superseded", at, by=entry.id)
