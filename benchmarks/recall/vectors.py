"""Vectors of what is said and asked, made in this process, and kept in a file if one is named."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.embedder import own_embedding
from benchmarks.processes import BenchmarkError
from benchmarks.progress import Progress
from benchmarks.recall.dialogues import Dialogue
from services.inference.embedding_models import InProcess
from shared.embedding import Embedding, Vectors
from shared.memory.passages import indexed_text

Kind: TypeAlias = Literal["query", "passage"]
Rows: TypeAlias = NDArray[np.float64]


class Kept:
    """Makes vectors once: those that a file has are not made again."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._rows: dict[str, NDArray[np.float32]] = {}
        self.model = InProcess.name
        if path is not None and path.exists():
            with np.load(path) as found:
                if str(found["model"]) == self.model:
                    self._rows = dict(zip(found["keys"].tolist(), found["rows"], strict=True))

    async def fill(self, dialogues: Sequence[Dialogue], *, passages: bool = True) -> None:
        """Make the vectors of all questions, and of what was said as the product embeds it."""
        wanted: dict[str, tuple[str, Kind]] = {}
        for dialogue in dialogues:
            for asked in dialogue.asked:
                wanted[_key(asked.text, "query")] = asked.text, "query"
            for order, said in enumerate(dialogue.said if passages else ()):
                text = indexed_text(said.message(order))
                wanted[_key(text, "passage")] = text, "passage"
        lacking = [one for key, one in wanted.items() if key not in self._rows]
        if lacking:
            await self._make(lacking)
            self.save()

    def keep(self, dialogue: Dialogue, rows: Rows) -> None:
        """Take the vectors of a dialogue that somebody else has made, a row a message."""
        for order, (said, row) in enumerate(zip(dialogue.said, rows, strict=True)):
            text = indexed_text(said.message(order))
            self._rows[_key(text, "passage")] = row.astype(np.float32)

    async def _make(self, lacking: Sequence[tuple[str, Kind]]) -> None:
        progress = Progress("embedding", len(lacking))
        async with own_embedding() as embedding:
            for place, (text, kind) in enumerate(lacking):
                found = await _embed(embedding, text, kind)
                self._rows[_key(text, kind)] = np.array(found.vectors[0], dtype=np.float32)
                progress.at(place + 1)
        progress.close()

    def save(self) -> None:
        """Write the vectors to their file, if there is to be one."""
        if self._path is not None and self._rows:
            keys, rows = zip(*self._rows.items(), strict=True)
            np.savez(self._path, model=self.model, keys=np.array(keys), rows=np.array(rows))

    def question(self, text: str) -> Rows:
        """Return the vector of a question that was filled in."""
        return np.asarray(self._rows[_key(text, "query")], dtype=np.float64)

    def said(self, dialogue: Dialogue) -> Rows:
        """Return the vectors of a dialogue that was filled in, a row a message."""
        texts = (indexed_text(said.message(order)) for order, said in enumerate(dialogue.said))
        return np.array([self._rows[_key(text, "passage")] for text in texts], dtype=np.float64)


async def _embed(embedding: Embedding, text: str, kind: Kind) -> Vectors:
    found = await (embedding.query(text) if kind == "query" else embedding.passages([text]))
    if found is None:
        msg = "The built-in embedder makes no vectors here."
        raise BenchmarkError(msg)
    return found


def _key(text: str, kind: Kind) -> str:
    return hashlib.sha256(f"{kind}: {text}".encode()).hexdigest()
