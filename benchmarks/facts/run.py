"""One run of `benchmarks.facts` over HTTP: fresh servers and services, or a Membus that runs."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import nats

from benchmarks import stack
from benchmarks.facts import cases, over_http, precision, report
from benchmarks.processes import BenchmarkError, Processes
from benchmarks.run import say
from shared.contracts.subjects import FACT_EXTRACTOR_LLM

RULES = ("gateway", "memory_writer")
WITH_MODEL = (*RULES, "inference")
NO_LLM = "http://127.0.0.1:9"
POLL_S = 0.5
MODEL_TIMEOUT_S = 3_600.0


class Run:
    """One run of the benchmark in a folder of its own."""

    def __init__(self, asked: argparse.Namespace, folder: Path, processes: Processes) -> None:
        self._asked = asked
        self._folder = folder
        self._processes = processes
        self._nats_url = ""

    async def run(self) -> tuple[report.Result, dict[str, Any]]:
        """Let users say every case, and return what came of them, and of PrecisionMemBench."""
        async with self._membus() as url, aiohttp.ClientSession(url) as session:
            say("Saying every utterance and sequence over HTTP …")
            asked = self._asked
            utterances = cases.utterances(asked.facts) if asked.facts else cases.utterances()
            updates = cases.updates(asked.updates) if asked.updates else cases.updates()
            users = [over_http.User(session, case) for case in (*utterances, *updates)]
            await over_http.for_all(users, over_http.User.say)
            if asked.llm:
                say("Waiting for the model …")
                await self._model_is_done()
            got = await over_http.for_all(users, over_http.User.remembered)
            way = "with the model, over HTTP" if asked.llm else "rules alone, over HTTP"
            told = list(zip(utterances, got, strict=False))
            followed = list(zip(updates, got[len(utterances) :], strict=True))
            found = report.result(way, told, followed)
            say(f"\n{report.table(found)}")
            if asked.errors:
                say(f"\n{report.fact_errors(found.judged)}")
                pairs = zip(found.followed, (one for _, one in followed), strict=True)
                say(f"\n{report.update_errors(pairs)}")
            answers = await precision.run(session)
            say(f"\n{precision.table(answers)}\n\n{precision.failures(answers)}")
        return found, precision.figures(answers)

    @asynccontextmanager
    async def _membus(self) -> AsyncIterator[str]:
        """Return the address of a gateway: the one that was given, or one of our own."""
        if self._asked.http:
            yield self._asked.http
            return
        with ExitStack() as servers:
            bus = servers.enter_context(stack.running_nats(self._folder / "nats"))
            redis = servers.enter_context(stack.running_valkey(self._folder / "valkey"))
            record = servers.enter_context(stack.running_postgres(self._folder / "postgres"))
            database_url = await stack.prepare_record(record.url)
            names = WITH_MODEL if self._asked.llm else RULES
            more = self._model_settings()
            self._nats_url = bus.url
            await stack.declare_topology(bus.url, database_url=database_url)
            yield await stack.start_services(
                self._processes,
                folder=self._folder,
                nats_url=bus.url,
                redis_urls=dict.fromkeys(names, redis.url),
                database_urls=dict.fromkeys(names, database_url),
                llm_url=self._asked.llm or NO_LLM,
                names=names,
                more=more,
            )
            self._processes.require_alive()
            self._processes.stop(names)

    def _model_settings(self) -> dict[str, str]:
        asked = self._asked
        if not asked.llm:
            return {"FACTS_LLM": "off"}
        addresses = {"openai": "OPENAI_URL", "builtin": "BUILTIN_URL", "ollama": "OLLAMA_URL"}
        return {
            "FACTS_LLM": "on",
            "LLM_BACKEND": asked.backend,
            "MODEL": asked.model,
            addresses[asked.backend]: asked.llm,
        }

    async def _model_is_done(self) -> None:
        """Wait until the model has looked at all that was said."""
        if not self._nats_url:
            # Of a Membus that runs only time tells.
            return
        deadline = time.monotonic() + MODEL_TIMEOUT_S
        connection = await nats.connect(self._nats_url)
        try:
            while time.monotonic() < deadline:
                durable = FACT_EXTRACTOR_LLM
                info = await connection.jetstream().consumer_info(durable.stream, durable.name)
                if not (info.num_pending or 0) + (info.num_ack_pending or 0):
                    return
                await asyncio.sleep(POLL_S)
        finally:
            await connection.close()
        msg = f"The model was not done after {MODEL_TIMEOUT_S:g} s."
        raise BenchmarkError(msg)
