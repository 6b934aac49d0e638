"""The wire contract against its golden file: what was published once stays readable.

A change that is meant: `python -m tests.contracts.test_contract` writes the golden file anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from services.gateway.asyncapi import asyncapi_document
from shared.contracts.events import ChatRequested
from shared.contracts.parts import Event, Part
from shared.contracts.subjects import (
    CHAT_REQUESTED,
    DURABLES,
    STREAMS,
    SUBJECTS,
    TURN_CLOSED,
    dead_subject,
)

GOLDEN = Path(__file__).parents[1] / "data" / "contract.json"


def contract() -> dict[str, Any]:
    """Return everything that two services of different ages must agree on."""
    return {
        "subjects": {
            subject.pattern: {"event": subject.event.__name__, "stream": subject.stream}
            for subject in SUBJECTS
        },
        "streams": {stream.name: list(stream.subjects) for stream in STREAMS},
        "durables": {durable.name: list(durable.filters) for durable in DURABLES},
        "schemas": {
            event.__name__: event.model_json_schema()
            for event in sorted({s.event for s in SUBJECTS}, key=lambda event: event.__name__)
        },
    }


def test_the_contract_is_the_golden_one() -> None:
    assert contract() == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_a_newer_sender_may_add_fields() -> None:
    for subject in SUBJECTS:
        assert subject.event.model_config["extra"] == "ignore"
        assert subject.event.model_config["frozen"] is True


def test_events_share_fields_by_nesting_only() -> None:
    for subject in SUBJECTS:
        assert subject.event.__bases__[0] in {Event, Part}


def test_every_stored_subject_belongs_to_exactly_one_stream() -> None:
    streams = {stream.name: stream.subjects for stream in STREAMS}
    for subject in SUBJECTS:
        if subject.stream is None:
            continue
        holding = [n for n, patterns in streams.items() if matches(subject.wildcard, patterns)]
        assert holding == [subject.stream], subject.pattern


def matches(subject: str, patterns: tuple[str, ...]) -> bool:
    return any(
        subject == pattern or (pattern.endswith(">") and subject.startswith(pattern[:-1]))
        for pattern in patterns
    )


def test_a_subject_is_filled_in_order() -> None:
    assert CHAT_REQUESTED.at("t1") == "chat.requested.t1"
    assert TURN_CLOSED.wildcard == "memory.*.turn"
    assert dead_subject("chat.requested.t1") == "dead.chat.requested.t1"


@pytest.mark.parametrize(
    "values", [(), ("a", "b"), ("a.b",), ("*",), (">",), ("A",), ("",), ("я",), ("a\n",)]
)
def test_an_unsafe_token_never_gets_into_a_subject(values: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="subject"):
        CHAT_REQUESTED.at(*values)


def test_asyncapi_describes_every_subject() -> None:
    document = asyncapi_document()
    assert document["asyncapi"].startswith("3.")
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert {subject.pattern for subject in SUBJECTS} <= addresses
    assert ChatRequested.__name__ in json.dumps(document)


if __name__ == "__main__":
    GOLDEN.write_text(
        json.dumps(contract(), indent=2, ensure_ascii=False, sort_keys=True) + "\n", "utf-8"
    )
