"""Fills the record: what is said and its words by Membus' own code, the vectors made up."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from benchmarks.memory.stores import Stores, as_entries, bare_postgres
from benchmarks.scale import texts
from shared.embedding import Vectors
from shared.memory.archive import Archive
from shared.memory.database import Database
from shared.memory.indexing import Indexing
from shared.memory.recorder import Recorder

RECORDED, INDEXED, EMBEDDED = 500, 1_000, 1_000
"""Messages, and vectors, of one transaction."""

PATIENCE_S = 120.0


class Record:
    """A record that is filled and searched, of the PostgreSQL with this pid.

    `typical` are vectors that the embedder has made.
    """

    def __init__(self, stores: Stores, typical: Vectors, *, server_pid: int) -> None:
        self.admin_url = stores.admin_url
        self.server_pid = server_pid
        self._database = Database(stores.settings(), timeout_s=PATIENCE_S)
        self._recorder = Recorder(self._database)
        self._indexing = Indexing(self._database)
        self._typical = typical
        self._seed = 0
        self.archive = Archive(self._database)

    @property
    def model(self) -> str:
        """Whose vectors they are."""
        return self._typical.model

    async def close(self) -> None:
        """Close the connections."""
        await self._database.close()

    async def say(self, users: Sequence[str], each: int) -> None:
        """Let each of these users say so much."""
        self._seed += 1
        every = (
            said
            for number, user in enumerate(users)
            for said in texts.messages(user, each, seed=1_000 * self._seed + number)
        )
        while said := list(islice(every, RECORDED)):
            await self._recorder.apply(as_entries(said))

    async def make_searchable(self) -> None:
        """Index what was said, make up its vectors, and tell the planner what there is."""
        while await self._indexing.index(limit=INDEXED):
            pass
        base = np.array(self._typical.vectors)
        await self._indexing.put_model(self._typical)
        while found := await self._indexing.unembedded(self.model, limit=EMBEDDED):
            self._seed += 1
            made = texts.vectors(base, len(found), seed=self._seed)
            ids = [one.passage_id for one in found]
            await self._indexing.put_vectors(ids, Vectors(self.model, _rows(made)))
        await self._tidy()

    async def _tidy(self) -> None:
        """Do what PostgreSQL does by itself some minutes later."""
        async with bare_postgres(self.admin_url) as connection:
            await connection.execute("VACUUM ANALYZE")


def _rows(found: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, found.tolist()))
