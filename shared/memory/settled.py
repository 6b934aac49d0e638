"""Which claims count: each once, and no model's claim against what the rules found in a message."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from shared.contracts.memory import FactClaim
from shared.memory.fact_entry import is_weak, place_of
from shared.memory.models import StatedClaim
from shared.memory.predicates import group_of, is_single
from shared.memory.sameness import bare, relation


def settled(claims: Iterable[StatedClaim]) -> list[StatedClaim]:
    """Return the claims that count, one for each id.

    Where a model contradicts what the rules found in the same message, its claim does not count:
    rules are written to be silent rather than wrong, and a model answers something in any case.
    """
    unique: dict[str, StatedClaim] = {}
    for stated in claims:
        known = unique.get(stated.claim.claim_id)
        if known is None or _first(stated) < _first(known):
            unique[stated.claim.claim_id] = stated
    firm: defaultdict[tuple[str, str], list[FactClaim]] = defaultdict(list)
    for stated in unique.values():
        if stated.message_id is not None and not is_weak(stated.claim):
            firm[stated.message_id, group_of(stated.claim.predicate)].append(stated.claim)
    return [
        stated
        for stated in unique.values()
        if not is_weak(stated.claim)
        or not _contradicted(
            stated.claim, firm.get((stated.message_id or "", group_of(stated.claim.predicate)), ())
        )
    ]


def _first(stated: StatedClaim) -> tuple[object, ...]:
    """Return what decides between two claims of one id, whichever came first."""
    return (stated.recorded_at, place_of(stated), stated.model_dump_json())


def _contradicted(claim: FactClaim, firm: Sequence[FactClaim]) -> bool:
    """Tell whether a claim cannot stand beside what the rules found in its message."""
    return any(_contradicts(claim, other) for other in firm)


def _contradicts(weak: FactClaim, firm: FactClaim) -> bool:
    """Tell whether two claims of one message and group exclude each other."""
    same = weak.predicate == firm.predicate
    key, other = weak.key or (), firm.key or ()
    related = relation(weak.predicate, key, other) is not None
    if weak.op != firm.op:
        return same and (related or not key or not other)
    if weak.op != "assert":
        return False
    if not same:
        return bare(key) == bare(other)
    return not related and (is_single(weak.predicate) or bare(key) == bare(other))
