"""One run of `benchmarks.recall`: in this process alone, or through the real services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from benchmarks import stack
from benchmarks.processes import Processes
from benchmarks.progress import Progress
from benchmarks.recall import over_http
from benchmarks.recall.dialogues import DataSet
from benchmarks.recall.in_process import Indexed, Vectors
from benchmarks.recall.vectors import Kept
from benchmarks.recall.ways import HYBRID, KEYWORD, Result, compare
from benchmarks.run import say
from shared.contracts.parts import utcnow

SERVICES = ("gateway", "inference", "memory_writer")
PATIENCE_S = "10"
"""A question waits for its vector, whatever else runs: what is measured is what is found."""


async def in_process(sets: Sequence[DataSet], vectors: Path | None) -> list[Result]:
    """Ask everything without servers."""
    kept, results = Kept(vectors), []
    await kept.fill([one for data in sets for one in data.dialogues])
    progress = Progress("asking", sum(data.questions for data in sets))
    at, done = utcnow(), 0
    for data in sets:
        result = Result(data)
        for dialogue in data.dialogues:
            rows = kept.said(dialogue)
            indexed = Indexed(dialogue, Vectors(kept.model, rows))
            for asked in dialogue.asked:
                for mode in (HYBRID, KEYWORD):
                    answer = indexed.answer(asked, kept.question(asked.text), mode=mode, at=at)
                    result.add(mode, asked, answer)
                done += 1
                progress.at(done)
            compare(result, dialogue, rows, kept)
        results.append(result)
    progress.close()
    return results


class Run:
    """One run through the real services, in a folder of its own."""

    def __init__(self, folder: Path, processes: Processes, vectors: Path | None) -> None:
        self._folder = folder
        self._processes = processes
        self._kept = Kept(vectors)
        self._record_url = ""

    async def run(self, sets: Sequence[DataSet]) -> list[Result]:
        """Say everything, wait until it can be found, and ask everything."""
        dialogues = [one for data in sets for one in data.dialogues]
        async with self._membus() as url, aiohttp.ClientSession(url) as session:
            people = await over_http.say_all(session, dialogues)
            messages = sum(data.messages for data in sets)
            took_s = await over_http.all_embedded(self._record_url, messages)
            say(f"Indexed and embedded {took_s:.0f} s after all was said.")
            self._processes.require_alive()
            results = await self._ask(sets, people)
            vectors = [await person.vectors(self._record_url) for person in people]
        for dialogue, rows in zip(dialogues, vectors, strict=True):
            self._kept.keep(dialogue, rows)
        # The services have ended: nobody else needs the processor now.
        await self._kept.fill(dialogues)
        for result in results:
            for dialogue in result.data.dialogues:
                compare(result, dialogue, self._kept.said(dialogue), self._kept)
        return results

    async def _ask(
        self, sets: Sequence[DataSet], people: Sequence[over_http.Person]
    ) -> list[Result]:
        results, of = [Result(data) for data in sets], iter(people)
        progress, done = Progress("asking", sum(data.questions for data in sets)), 0
        for result in results:
            for _, person in zip(result.data.dialogues, of, strict=False):
                for asked in person.dialogue.asked:
                    result.add(HYBRID, asked, await person.answer(asked))
                    result.add(KEYWORD, asked, await person.answer_by_words(asked))
                    done += 1
                    progress.at(done)
        progress.close()
        return results

    @asynccontextmanager
    async def _membus(self) -> AsyncIterator[str]:
        """Run servers and services, and give the gateway's address."""
        with ExitStack() as servers:
            bus = servers.enter_context(stack.running_nats(self._folder / "nats"))
            redis = servers.enter_context(stack.running_valkey(self._folder / "valkey"))
            record = servers.enter_context(stack.running_postgres(self._folder / "postgres"))
            self._record_url = record.url
            database_url = await stack.prepare_record(record.url)
            await stack.declare_topology(bus.url, database_url=database_url)
            # Nobody chats, but the inference service is ready only where there is an LLM.
            llm_url = await stack.start_fake_llm(self._processes, tokens=1)
            yield await stack.start_services(
                self._processes,
                folder=self._folder,
                nats_url=bus.url,
                redis_urls=dict.fromkeys(SERVICES, redis.url),
                database_urls=dict.fromkeys(SERVICES, database_url),
                llm_url=llm_url,
                names=SERVICES,
                more={"EMBED_MODEL": "", "EMBED_MAX_WAIT": PATIENCE_S},
            )
            self._processes.require_alive()
            self._processes.stop(SERVICES)
