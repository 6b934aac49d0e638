"""Reads LoCoMo (snap-research/locomo, CC BY-NC 4.0), which is not part of this repository.

Its questions name the turns that answer them as `D3:12`; some name several in one string, with a
letter or a zero too many, or turns that do not exist. Category 5 has no answer, hence no evidence.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.processes import BenchmarkError
from benchmarks.recall.dialogues import Asked, DataSet, Dialogue, Said

NAME = "LoCoMo"
CATEGORIES = {1: "1 multi-hop", 2: "2 temporal", 3: "3 open-domain", 4: "4 single-hop"}

_EVIDENCE = re.compile(r"D:?(\d+):(\d+)")
_SESSION = re.compile(r"session_(\d+)")
_TIME = "%I:%M %p on %d %B, %Y"


def load(path: Path) -> DataSet:
    """Return the dialogues of a file. Raises BenchmarkError where it is not LoCoMo."""
    try:
        samples = json.loads(path.read_text(encoding="utf-8"))
        return DataSet(name=NAME, dialogues=tuple(map(_dialogue, samples)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path} is not LoCoMo's JSON: {type(error).__name__}: {error}"
        raise BenchmarkError(msg) from error


def _dialogue(sample: Mapping[str, Any]) -> Dialogue:
    said = tuple(_said(sample["conversation"]))
    ids = {one.id for one in said}
    return Dialogue(name=sample["sample_id"], said=said, asked=tuple(_asked(sample["qa"], ids=ids)))


def _said(conversation: Mapping[str, Any]) -> Iterator[Said]:
    numbers = [int(found[1]) for found in map(_SESSION.fullmatch, conversation) if found]
    for number in sorted(numbers):
        at = conversation[f"session_{number}_date_time"]
        for turn in conversation[f"session_{number}"]:
            yield Said(
                id=turn["dia_id"],
                conversation=f"session-{number}",
                time=datetime.strptime(at.strip(), _TIME).replace(tzinfo=UTC),
                text=_text(turn),
                name=turn["speaker"],
            )


def _text(turn: Mapping[str, Any]) -> str:
    """Return what was said, with what is seen on an image that was shown."""
    caption = turn.get("blip_caption")
    text: str = turn.get("text", "")
    return f"{text} [shared an image: {caption}]" if caption else text


def _asked(questions: list[Mapping[str, Any]], *, ids: set[str]) -> Iterator[Asked]:
    for one in questions:
        evidence = evidence_of(one.get("evidence") or (), ids=ids)
        if evidence and one["category"] in CATEGORIES:
            kind = CATEGORIES[one["category"]]
            yield Asked(text=one["question"], evidence=evidence, kind=kind)


def evidence_of(told: list[str] | tuple[str, ...], *, ids: set[str]) -> tuple[str, ...]:
    """Return the turns that a question names, each once, those that there are."""
    found = [f"D{int(a)}:{int(b)}" for one in told for a, b in _EVIDENCE.findall(str(one))]
    return tuple(dict.fromkeys(one for one in found if one in ids))
