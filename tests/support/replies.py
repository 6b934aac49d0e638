"""The corpus of replies to `llm.extract`; see `tests/data/llm/extraction/README.md`."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "data" / "llm" / "extraction"


def replies(name: str) -> list[dict[str, Any]]:
    """Return the replies of one file: `recorded` or `written`."""
    text = (FOLDER / f"{name}.ndjson").read_text(encoding="utf-8")
    # Not splitlines(): a reply may hold any line separator that Unicode has.
    return [json.loads(line) for line in text.split("\n") if line]


RECORDED = replies("recorded")
WRITTEN = replies("written")


def title(reply: dict[str, Any]) -> str:
    """Return the name under which a test shows a reply."""
    return str(reply.get("name") or f"{reply['lang']}-{reply['temperature']}-{reply['seed']}")
