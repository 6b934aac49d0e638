"""What the fake LLM server tells about itself and its models."""

from typing import Any

from tests.support.fake_dialects import encode, error_body
from tests.support.fake_script import Seen
from tests.support.fake_vectors import vector_of

LATEST = ":latest"
EMBEDDINGS = frozenset({"/api/embed", "/v1/embeddings"})


def inform(seen: Seen, models: dict[str, int]) -> tuple[int, bytes]:
    """Answer everything but a generation."""
    model = str(seen.body.get("model", ""))
    of_one = seen.path in {"/api/show", *EMBEDDINGS}
    if of_one and model.removesuffix(LATEST) not in models:
        return 404, error_body(seen.path, 404, f"model '{model}' not found")
    if seen.path in EMBEDDINGS:
        return 200, encode(_embedded(seen, model))
    bodies: dict[str, dict[str, Any]] = {
        "/": {"status": "ok"},
        "/health": {"status": "ok"},
        "/api/version": {"version": "0.33.0"},
        "/api/tags": {"models": [_tag(name) for name in models]},
        "/api/show": _shown(models.get(model.removesuffix(LATEST), 0)),
        "/v1/models": {"object": "list", "data": [_listed(name) for name in models]},
    }
    if seen.path not in bodies:
        return 404, b"404 page not found"
    return 200, encode(bodies[seen.path])


def _tag(name: str) -> dict[str, Any]:
    tagged = name if ":" in name else name + LATEST
    return {
        "name": tagged,
        "model": tagged,
        "modified_at": "2023-12-07T09:32:18.757212583-08:00",
        "size": 3825819519,
        "digest": "fe938a131f40e6f6d40083c9f0f430a515233eb2edaa6d72eb85c50d64f2300e",
        "details": {"format": "gguf", "family": "llama", "families": None},
    }


def _shown(context_length: int) -> dict[str, Any]:
    return {
        "modelfile": "# Modelfile",
        "details": {"format": "gguf", "family": "llama", "families": ["llama"]},
        "model_info": {"general.architecture": "llama", "llama.context_length": context_length},
        "capabilities": ["completion"],
    }


def _listed(name: str) -> dict[str, Any]:
    meta = {"n_ctx": 4096, "n_ctx_train": 32768, "size": 485452288}
    return {"id": name, "aliases": [name], "object": "model", "owned_by": "fake", "meta": meta}


def _embedded(seen: Seen, model: str) -> dict[str, Any]:
    asked = seen.body.get("input", [])
    vectors = [vector_of(text) for text in ([asked] if isinstance(asked, str) else asked)]
    if seen.path == "/api/embed":
        return {"model": model, "embeddings": vectors, "total_duration": 14143917}
    data = [
        {"object": "embedding", "index": index, "embedding": vector}
        for index, vector in enumerate(vectors)
    ]
    # No order is promised: the index counts.
    return {"object": "list", "model": model, "data": data[::-1]}
