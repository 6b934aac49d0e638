"""Reads whole streamed answers; ValueError or KeyError where one is not complete."""

import json


def ollama_text(raw: bytes) -> str:
    """Return the text of a stream in Ollama's form."""
    lines = [json.loads(line) for line in raw.splitlines()]
    if not lines or not lines[-1].get("done"):
        msg = "the stream ended without its last line"
        raise ValueError(msg)
    return "".join(line["message"]["content"] for line in lines)


def sse_text(raw: bytes) -> str:
    """Return the text of a stream of `token` events that ends with `done`.

    Where `done` carries the whole reply, it must be the same text.
    """
    pieces, done = [], None
    for event in raw.decode().strip().split("\n\n"):
        fields = dict(line.partition(": ")[::2] for line in event.split("\n"))
        if fields.get("event") == "token":
            pieces.append(json.loads(fields["data"])["text"])
        elif fields.get("event") == "done":
            done = json.loads(fields["data"])
    text = "".join(pieces)
    if done is None:
        msg = f"the stream ended without `done`: …{raw[-300:]!r}"
        raise ValueError(msg)
    if done.get("reply", {"content": text})["content"] != text:
        msg = "the reply in `done` is not what the tokens said"
        raise ValueError(msg)
    return text
