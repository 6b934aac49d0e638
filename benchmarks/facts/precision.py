"""PrecisionMemBench's cases that need no vectors, through POST facts and POST /memory/query.

Its beliefs become facts: the content is the text, canonical name and aliases are the value, the
scope is a tag, and what was superseded or resolved is outdated. Three things are asked of a case,
of which the last is the benchmark's own and the hardest:

- found: what should come stands before all else of its kind;
- kept out: nothing comes that must not: what is superseded, of another scope, of another user;
- nothing else: exactly what should come does. A keyword search answers with whatever shares a word
  with the query, at the end; the benchmark wants silence there.

Pinned beliefs, open questions and those of every scope have places of their own in the benchmark,
which a search does not know: they are passed over.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from benchmarks.facts.cases import DATA
from benchmarks.facts.over_http import Client
from shared.contracts.parts import utcnow

FOLDER = DATA / "precisionmembench"
UNIVERSAL = "user:universal"

APPLYING = {
    "Alias resolution",
    "Scope disambiguation",
    "Supersession chain exclusion",
    "Cross-user isolation",
    "Counter-signal retrieval",
    "Relation expansion",
    "Cold start behavior",
    "Ranking stability",
}
"""Categories that a search by keyword should answer. The others are about typing errors (7), what
stands in a prelude (4), budgets of a prompt (5), kinds of beliefs (6) and thresholds (6)."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a case: None where it asks for no such thing."""

    case: Mapping[str, Any]
    found: bool | None
    kept_out: bool
    nothing_else: bool | None


def applying() -> list[dict[str, Any]]:
    """Return the cases that a search answers: a query of words, in a category that applies."""
    cases = _read("retrieval.cases.json")
    return [case for case in cases if case["category"] in APPLYING and case["query"].strip()]


def beliefs() -> list[dict[str, Any]]:
    """Return what the users believe."""
    return _read("beliefs.seed.json")


async def run(session: aiohttp.ClientSession) -> list[Answered]:
    """State the beliefs of each user, and ask every query that applies."""
    known = beliefs()
    owners = {belief["user_id"] for belief in known}
    clients = {owner: Client(session) for owner in sorted(owners | {"brand-new-user"})}
    ids: dict[str, str] = {}
    for belief in known:
        ids[await _state(clients[belief["user_id"]], belief)] = belief["_id"]
    for client in clients.values():
        await client.known()
    by_id = {belief["_id"]: belief for belief in known}
    return [
        await _ask(clients[case.get("userId", "test-user")], case, ids, by_id)
        for case in applying()
    ]


async def _state(client: Client, belief: Mapping[str, Any]) -> str:
    """Remember a belief, and return the id of its fact."""
    name = belief["canonical_name"]
    body = {
        "text": belief["content"],
        "predicate": name,
        "value": ", ".join((name.replace("_", " "), *belief["aliases"])),
        "tags": belief["scope"],
        "pinned": belief["pinned"],
    }
    fact = str((await client.call("POST", "/memory/user/me/facts", body))["id"])
    over = belief["epistemic_status"] == "superseded" or belief["resolved_at"] is not None
    if over:
        ended = belief["resolved_at"] or (utcnow() - timedelta(days=1)).isoformat()
        changes = {"valid_until": datetime.fromisoformat(ended).isoformat()}
        await client.call("PATCH", f"/memory/user/me/facts/{fact}", changes)
    return fact


async def _ask(
    client: Client,
    case: Mapping[str, Any],
    ids: Mapping[str, str],
    by_id: Mapping[str, Mapping[str, Any]],
) -> Answered:
    hits = [
        hit for scope in case["scope"] for hit in await client.find(case["query"], tags=[scope])
    ]
    hits.sort(key=lambda hit: -float(hit["score"]))
    came = [ids.get(hit["id"], hit["id"]) for hit in hits]
    return judge(case, came, by_id)


def judge(
    case: Mapping[str, Any], came: Sequence[str], by_id: Mapping[str, Mapping[str, Any]]
) -> Answered:
    """Hold the ids of what a query found, best first, against a case."""
    expected = case["expect"]
    relevant = expected.get("relevantBeliefs", {})
    wanted = set(relevant.get("shouldOnlyInclude", ()))
    plain = [one for one in came if one in wanted or not _apart(by_id.get(one, {}))]
    hidden = [one for one in came if _hidden(by_id.get(one, {}), case)]
    return Answered(
        case,
        found=set(plain[: len(wanted)]) == wanted if wanted else None,
        kept_out=not hidden,
        nothing_else=set(plain) == wanted if "shouldOnlyInclude" in relevant else None,
    )


def table(answers: Sequence[Answered]) -> str:
    """Return the results by category as a Markdown table."""
    lines = [
        "PrecisionMemBench, the cases that need no vectors\n",
        "| category | cases | found | kept out | nothing else |",
        "|---|---:|---:|---:|---:|",
    ]
    for category in (*sorted({one.case["category"] for one in answers}), "all"):
        some = [one for one in answers if category in {one.case["category"], "all"}]
        cells = (
            category,
            len(some),
            _share([one.found for one in some]),
            _share([one.kept_out for one in some]),
            _share([one.nothing_else for one in some]),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def figures(answers: Sequence[Answered]) -> dict[str, int]:
    """Return the results in all."""
    return {
        "cases": len(answers),
        "asked_for_something": sum(one.found is not None for one in answers),
        "found": sum(bool(one.found) for one in answers),
        "kept_out": sum(one.kept_out for one in answers),
        "nothing_else": sum(bool(one.nothing_else) for one in answers),
    }


def failures(answers: Sequence[Answered]) -> str:
    """Return the cases that were not found or not kept out."""
    wrong = [one for one in answers if one.found is False or not one.kept_out]
    return "\n".join(
        f"{one.case['caseId']}: {'not found' if one.found is False else 'not kept out'}"
        for one in wrong
    )


def _share(held: Sequence[bool | None]) -> str:
    asked = [one for one in held if one is not None]
    return f"{sum(asked)} of {len(asked)}" if asked else "–"


def _apart(belief: Mapping[str, Any]) -> bool:
    """Tell whether a belief has a place of its own in the benchmark, beside what is found."""
    kind = belief.get("type") == "open_question"
    return bool(belief.get("pinned")) or kind or UNIVERSAL in belief.get("scope", ())


def _hidden(belief: Mapping[str, Any], case: Mapping[str, Any]) -> bool:
    """Tell whether a belief must not come at all: it is over, or out of scope, or another's."""
    over = belief.get("epistemic_status") == "superseded" or belief.get("resolved_at") is not None
    scoped = bool(set(belief.get("scope", ())) & set(case["scope"]))
    return over or not scoped or belief.get("user_id") != case.get("userId", "test-user")


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found
