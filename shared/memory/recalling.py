"""Recall from both stores: the record's index, and what Redis has that the record has not yet.

`archive` is None where Redis is all there is.
"""

import asyncio
from typing import NamedTuple

import structlog

from shared.embedding import Embedding, Vectors
from shared.failures import DependencyDownError
from shared.memory.archive import Archive
from shared.memory.live_pool import live_pool, with_recent
from shared.memory.passages import Pool, Wanted
from shared.memory.questions import Question, question_of
from shared.memory.ranking import MOST, rank
from shared.memory.reading import FROM_RECORD, WITHOUT_RECORD
from shared.memory.recall import Recalled, RecallQuery
from shared.memory.working import WorkingMemory
from shared.memory.working_said import Said

log = structlog.get_logger()

WITHOUT_VECTORS = "embedder"
"""Nobody made the vector of the question: it was looked up by its words alone."""

_AT_LEAST = 64
"""Of each kind in a pool. On LoCoMo more find no more (recall@10 .814 of 50, .815 of 70, .816 of
200), and each costs five rows."""


class _Found(NamedTuple):
    """What there is to rank: the record's pool, None where Redis is all there is, and messages.

    `model` made the vectors of the pool; `degraded` tells what works in a lesser form.
    """

    pool: Pool | None
    said: Said
    model: str = ""
    degraded: tuple[str, ...] = ()


class Recall:
    """Finds what was said. `embedding` is None where nothing makes vectors."""

    def __init__(
        self, *, working: WorkingMemory, archive: Archive | None, embedding: Embedding | None
    ) -> None:
        self._working = working
        self._archive = archive
        self._embedding = embedding

    async def search(self, user_id: str, query: RecallQuery) -> Recalled:
        """Return the messages of a user that answer a query, best first, at most a thousand.

        One round trip to Redis, none where `query.recent` is given, and one statement. A text of
        which nothing can be looked up finds nothing. Raises DependencyDownError where no store
        that is there answers.
        """
        question = await asyncio.to_thread(question_of, query.text, at=query.at)
        if self._archive is None:
            said = await self._lately(user_id, query)
            found = _Found(None, said, degraded=_without_record(query, question))
        else:
            found = await self._found(self._archive, user_id, query, question)
        return await asyncio.to_thread(_recalled, question, query, found)

    async def _found(
        self, archive: Archive, user_id: str, query: RecallQuery, question: Question
    ) -> _Found:
        """Return what the record has, and what Redis has beside it."""
        vectors, recent = await asyncio.gather(
            self._vectors(query, question), self._recent(user_id, query)
        )
        degraded: tuple[str, ...] = ()
        if vectors is None and query.mode != "keyword" and question.text:
            degraded = (WITHOUT_VECTORS,)
        try:
            pool = await _recorded(archive, user_id, query, question, vectors)
        except DependencyDownError as error:
            log.warning("recall without the record", error=str(error))
            said = await self._lately(user_id, query)
            return _Found(None, said, degraded=(*_without_record(query, question), WITHOUT_RECORD))
        if recent is None:
            degraded = (*degraded, FROM_RECORD)
        return _Found(pool, recent or (), vectors.model if vectors else "", degraded)

    async def _vectors(self, query: RecallQuery, question: Question) -> Vectors | None:
        if self._embedding is None or query.mode == "keyword" or not question.text:
            return None
        return await self._embedding.query(question.text)

    async def _recent(self, user_id: str, query: RecallQuery) -> Said | None:
        """Return what the record may not have yet; None where Redis does not answer."""
        if query.recent is not None:
            return query.recent
        try:
            return await self._working.said.arrived(user_id)
        except DependencyDownError as error:
            log.warning("recall without working memory", error=str(error))
            return None

    async def _lately(self, user_id: str, query: RecallQuery) -> Said:
        """Return what Redis holds, where it is all there is."""
        conversation_id = query.filters.conversation_id
        lately = await self._working.said.lately(user_id, conversation_id=conversation_id)
        return (*lately, *(query.recent or ()))


def _recalled(question: Question, query: RecallQuery, found: _Found) -> Recalled:
    """Return the best of what was found."""
    if found.pool is None:
        pool = live_pool(found.said, question.terms, query.filters, at=query.at)
    else:
        pool = with_recent(found.pool, found.said, question.terms, query.filters, at=query.at)
    ranked = rank(question, pool, query, model=found.model)
    total = ranked.eligible if question.text else max(ranked.eligible, pool.total)
    return Recalled(passages=ranked.passages, total=total, degraded=found.degraded)


def _without_record(query: RecallQuery, question: Question) -> tuple[str, ...]:
    """Tell what is missed where Redis alone is searched: it has no vectors."""
    return (WITHOUT_VECTORS,) if query.mode == "semantic" and question.text else ()


async def _recorded(
    archive: Archive, user_id: str, query: RecallQuery, question: Question, vectors: Vectors | None
) -> Pool:
    """Return the pool of the record; an empty one where nothing of a text can be looked up."""
    by_vector_alone = query.mode == "semantic" and vectors is not None
    terms = () if by_vector_alone else question.terms
    if question.text and not (terms or vectors or question.periods):
        return Pool()
    wanted = Wanted(
        terms=terms,
        vector=vectors.vectors[0] if vectors else None,
        model=vectors.model if vectors else "",
        periods=question.periods,
        filters=query.filters,
        at_most=max(_AT_LEAST, min(query.limit + len(query.left_out), MOST)),
    )
    return await archive.passages.pool(user_id, wanted)
