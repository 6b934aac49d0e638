"""Reads the project's own retrieval set: invented people, in Russian with an English twin.

A question of kind `cross` is asked in the language of its set about what was said in the other one.
"""

import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.recall.dialogues import Asked, DataSet, Dialogue, Said

PARTS = Path(__file__).parent / "data" / "parts"
LANGUAGES = ("ru", "en")


def load(language: str, parts: Path = PARTS) -> DataSet:
    """Return all people of a language, with their questions."""
    said: defaultdict[str, list[Said]] = defaultdict(list)
    asked: defaultdict[str, list[Asked]] = defaultdict(list)
    for row in _rows(parts, f"*_people_{language}.jsonl"):
        said[row["person"]].append(_said(row))
    for row in _rows(parts, f"*_questions_{language}.jsonl"):
        evidence = tuple(row["evidence"])
        asked[row["person"]].append(
            Asked(text=row["question"], evidence=evidence, kind=row["kind"])
        )
    dialogues = (
        Dialogue(name=f"{person}-{language}", said=tuple(said[person]), asked=tuple(asked[person]))
        for person in said
    )
    return DataSet(name=f"own, {language}", dialogues=tuple(dialogues))


def _rows(parts: Path, pattern: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(parts.glob(pattern))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def _said(row: Mapping[str, Any]) -> Said:
    return Said(
        id=row["id"],
        conversation=row["conversation"],
        time=datetime.fromisoformat(row["time"]),
        text=row["text"],
        role=row["role"],
        name=row.get("name"),
    )
