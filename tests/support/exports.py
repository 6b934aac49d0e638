"""Files of exports, for tests that care about one line at a time."""

import json
from typing import Any

EARLY = "2024-05-01T08:00:00Z"
PLACE = 1_714_550_400_000_000


def header(user_id: str = "u-1", **more: Any) -> dict[str, Any]:
    values = {"kind": "export", "format": 2, "membus": "0.1.0", "user_id": user_id}
    return {**values, "exported_at": EARLY, **more}


def conversation(conversation_id: str = "c", **more: Any) -> dict[str, Any]:
    values = {"kind": "conversation", "conversation_id": conversation_id}
    return {**values, "created_at": EARLY, "updated_at": EARLY, **more}


def message(number: int = 0, **more: Any) -> dict[str, Any]:
    values = {"kind": "message", "conversation_id": "c", "message_id": f"m-{number}"}
    said = {"role": "user", "content": f"message {number}", "time": EARLY}
    return {**values, **said, "order": PLACE + number, **more}


def preference(key: str = "language", value: Any = "ru", **more: Any) -> dict[str, Any]:
    return {"kind": "preference", "key": key, "value": value, "set_at": EARLY, **more}


def claim(number: int = 0, **more: Any) -> dict[str, Any]:
    values = {"claim_id": f"claim_{number}", "op": "assert", "predicate": "likes"}
    said = {"fact_id": f"fact_{number}", "value": f"thing {number}", "key": [f"thing{number}"]}
    return {**values, **said, "text": f"Likes thing {number}", "extractor": "rules/1", **more}


def fact(number: int = 0, **more: Any) -> dict[str, Any]:
    values = {"kind": "fact", "claim": claim(number), "said_at": EARLY, "sequence": number}
    return {**values, "recorded_at": EARLY, "caused_at": EARLY, **more}


def ended(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines with the last one, which counts them."""
    counts: dict[str, int] = {}
    for line in lines:
        if line["kind"] != "export":
            counts[line["kind"]] = counts.get(line["kind"], 0) + 1
    return [*lines, {"kind": "end", "counts": counts}]


def encoded(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def whole(*lines: dict[str, Any], user_id: str = "u-1") -> bytes:
    """Return a file without fault, unless one of these lines has one."""
    return encoded(ended([header(user_id), *lines]))


def decoded(file: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.splitlines()]
