"""What a model's reply to `llm.extract` says, whatever it looks like: candidates, and drops."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.inference.tolerant import containers
from shared.contracts.events import ExtractedFact

MAX_FACTS = 16
"""Of one reply: no message says more that a model could find, a loop does."""

MAX_DEPTH = 8
"""Containers around a fact; the answer that is asked for has two."""

_THOUGHTS = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_MARKS = re.compile(r"<\|[a-z_]{1,20}\|>|^\s*</?think(?:ing)?>", re.IGNORECASE | re.MULTILINE)
_FENCE = re.compile(r"```[a-z0-9]{0,10}\s*\n?", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_SEPARATORS = re.compile(r"[\s-]+")
_PREDICATE_NAMES = ("predicate", "property", "attribute", "relation")
_VALUE_NAMES = ("value", "object")


@dataclass(frozen=True, slots=True)
class Reply:
    """The candidates of a reply, in its order, and what was dropped of it by reason.

    `readable` is False where there is no JSON in it at all: it is worth asking again.
    """

    facts: tuple[ExtractedFact, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    readable: bool = True


def read_reply(text: str, predicates: Collection[str]) -> Reply:
    """Return what a reply says of `predicates`. Never fails.

    Reasons: not_json, not_a_fact (no predicate in it), no_value (or cut off), unknown_predicate,
    not_text (a value that is an object), repeated, too_many.
    """
    values = _parsed(text)
    if not any(map(_is_answer, values)):
        return Reply(dropped={"not_json": 1}, readable=False)
    facts: dict[tuple[str, str], ExtractedFact] = {}
    dropped: Counter[str] = Counter()
    for value in values:
        for item in _items(value, predicates):
            for fact in _candidates(item, predicates):
                if isinstance(fact, str):
                    dropped[fact] += 1
                elif (fact.predicate, fact.value) in facts:
                    dropped["repeated"] += 1
                elif len(facts) >= MAX_FACTS:
                    dropped["too_many"] += 1
                else:
                    facts[fact.predicate, fact.value] = fact
    return Reply(tuple(facts.values()), dict(dropped))


def _parsed(text: str) -> list[Any]:
    """Return the JSON of a reply, mended where it must be."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        bare = _FENCE.sub("\n", _MARKS.sub("", _THOUGHTS.sub("", text)))
        # A reply may be nothing but a thought that never ended, with the answer in it.
        return containers(bare) or containers(text)
    return [value]


def _is_answer(value: Any) -> bool:
    """Tell an object or a list of them (also of none) from a list within a sentence: `[1]`."""
    if not isinstance(value, list):
        return isinstance(value, dict)
    inner = [one for part in value for one in (part if isinstance(part, list) else [part])]
    return not value or any(isinstance(one, dict) for one in inner)


def _items(value: Any, predicates: Collection[str], depth: int = 0) -> Iterator[Any]:
    """Yield what may be facts, out of lists and of objects around them.

    An object may name its facts, too: `{"age": 30}`.
    """
    if depth > MAX_DEPTH:
        yield None
    elif isinstance(value, list) and _is_pair(value, predicates):
        yield {"predicate": value[0], "value": value[1]}
    elif isinstance(value, list):
        for one in value:
            # An empty object in a list is a fact of which nothing was left.
            yield from [one] if one == {} else _items(one, predicates, depth + 1)
    elif not isinstance(value, dict) or _is_fact(value):
        yield value
    else:
        for name, member in value.items():
            if _name(name) in predicates:
                inner = member if isinstance(member, dict) else {"value": member}
                yield {**inner, "predicate": name}
            elif member is not None:
                yield from _items(member, predicates, depth + 1)


def _is_pair(value: list[Any], predicates: Collection[str]) -> bool:
    """Tell a predicate with its value: `["age", "30"]`."""
    return len(value) == 2 and _name(value[0]) in predicates  # noqa: PLR2004 - a pair is two


def _is_fact(value: dict[Any, Any]) -> bool:
    return any(name in value for name in _PREDICATE_NAMES)


def _candidates(item: Any, predicates: Collection[str]) -> Iterator[ExtractedFact | str]:
    """Yield the facts of one item (a list of values makes several), or why there is none."""
    if not isinstance(item, dict) or not _is_fact(item):
        yield "not_a_fact"
        return
    predicate = _name(_first(item, _PREDICATE_NAMES))
    if predicate not in predicates:
        yield "unknown_predicate"
        return
    quote = _text(item.get("quote"))
    value = _first(item, _VALUE_NAMES)
    for one in value if isinstance(value, list) and value else [value]:
        said = _text(one)
        if isinstance(one, dict | list | bool) and one != []:
            yield "not_text"
        elif not said:
            yield "no_value"
        else:
            yield ExtractedFact(predicate=predicate, value=said, quote=quote)


def _first(item: dict[Any, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if name in item), None)


def _name(value: Any) -> str:
    return _SEPARATORS.sub("_", value.strip().lower()) if isinstance(value, str) else ""


def _text(value: Any) -> str:
    """Return a scalar as text on one line; an empty one for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    try:
        return _CONTROLS.sub(" ", str(value)).strip()
    except ValueError:
        # A number of thousands of digits.
        return ""
