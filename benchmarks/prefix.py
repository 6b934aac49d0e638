"""What the LLM server reads anew in each turn of a conversation that recalls other ones.

`python -m benchmarks.prefix` starts the built-in engine with the demonstration model, which is
fetched once, and sends it the prompts of some turns as the context service builds them:
preferences, facts, a system prompt of the client's, ever other passages, the last six messages. It
does so twice, each with an engine of its own: as Membus tells it, what changes behind what does
not, and with the passages and today's date in front. The engine itself counts the tokens that it
had to evaluate.

The exit code is 1 where a turn after the first evaluates a token of what had not changed.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.processes import BenchmarkError, Processes, free_ports, python
from benchmarks.stack import fresh_folder
from deploy.embedded.failure import StackError
from deploy.embedded.model import cache_directory, fetch
from services.context.prompt import PromptInputs, build
from shared.contracts.parts import ChatMessage, Message, ReceiptFact
from shared.llm.naming import DEMONSTRATION_MODEL
from shared.memory.recall import RecalledPassage

TURNS = 5
NUM_CTX = 4096
PASSAGES = 8
SHOWN = 6
TODAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TIMEOUT_S = 300.0
# The template's own marks at the end of the stable text may join what follows.
SEAM_TOKENS = 4

TOWNS = ("Lisbon", "Kazan", "Bristol", "Tbilisi", "Porto", "Riga", "Omsk", "Ghent", "Turku", "Brno")
THINGS = ("a telescope", "a cello", "a bicycle", "a lamp", "a map", "a kettle", "a tent", "a drum")
SYSTEM = (
    "You help the staff of a small travel agency. Answer in at most five sentences, name prices"
    " in euros, say where a train is better than a flight, and never promise what nobody has"
    " confirmed. Where you do not know something, say so and offer to find it out."
)

Layout = Callable[[Sequence[ChatMessage], str], list[ChatMessage]]


@dataclass(frozen=True)
class Turn:
    """What a turn's prompt cost the engine, in tokens of the model."""

    prompt: int
    evaluated: int


@dataclass(frozen=True)
class Sample:
    """The turns of one layout, and how many tokens of their prompts do not change."""

    turns: tuple[Turn, ...]
    stable: int

    @property
    def later(self) -> tuple[Turn, ...]:
        """All turns but the first, which has nothing to reuse."""
        return self.turns[1:]


def as_told(messages: Sequence[ChatMessage], _stable: str) -> list[ChatMessage]:
    """Leave a prompt as the context service has built it."""
    return list(messages)


def changing_first(messages: Sequence[ChatMessage], stable: str) -> list[ChatMessage]:
    """Put what changes with every turn in front of what does not."""
    system = messages[0].content
    changing = system.removeprefix(stable).strip()
    return [
        ChatMessage(role="system", content="\n\n".join(filter(None, [changing, stable]))),
        *messages[1:],
    ]


LAYOUTS: dict[str, Layout] = {
    "as Membus tells it": as_told,
    "passages and date in front": changing_first,
}


def passages(turn: int) -> list[RecalledPassage]:
    """Return what a turn recalls: other messages each time."""
    found = []
    for number in range(PASSAGES):
        when = TODAY - timedelta(days=30 * turn + 3 * number + 20)
        said = (
            f"In {TOWNS[(turn + number) % len(TOWNS)]} I looked for"
            f" {THINGS[(turn * 3 + number) % len(THINGS)]}, and the shop at number"
            f" {10 * turn + number} had none left."
        )
        message = Message(
            message_id=f"{turn}-{number}",
            role="user",
            content=said,
            time=when,
            order=round(when.timestamp() * 1_000_000),
        )
        found.append(
            RecalledPassage(
                conversation_id=f"c{turn}-{number}", message=message, score=-number, evidence=1
            )
        )
    return found


def inputs(turn: int, history: Sequence[ChatMessage], *, recalls: bool = True) -> PromptInputs:
    """Return what a turn's prompt is made of."""
    facts = [
        ReceiptFact(id=f"f{n}", text=f"Has been to {town} and bought {THINGS[n % len(THINGS)]}")
        for n, town in enumerate(TOWNS)
    ]
    return PromptInputs(
        model=DEMONSTRATION_MODEL,
        role="an AI assistant",
        language="en",
        preferences={"language": "en", "length": "short", "units": "metric"},
        facts=facts,
        history=history[-SHOWN:],
        question=f"Where did I look for {THINGS[turn % len(THINGS)]} the {turn + 1}th time?",
        system=SYSTEM,
        passages=passages(turn) if recalls else (),
        asked_at=TODAY,
    )


def prompt_of(of: PromptInputs) -> list[ChatMessage]:
    """Return the messages of a prompt."""
    return list(build(of, budget_tokens=NUM_CTX - 256, form="chat").prompt.messages or ())


class Engine:
    """The built-in engine, asked for one token after each prompt."""

    def __init__(self, url: str) -> None:
        self._client = httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, trust_env=False)

    async def turn(self, messages: Sequence[ChatMessage]) -> Turn:
        """Send a prompt, and return what it cost."""
        body = {
            "model": DEMONSTRATION_MODEL,
            "messages": [message.model_dump() for message in messages],
            "max_tokens": 1,
        }
        timings: dict[str, Any] = (await self._post("/v1/chat/completions", body))["timings"]
        evaluated = int(timings["prompt_n"])
        return Turn(prompt=evaluated + int(timings["cache_n"]), evaluated=evaluated)

    async def tokens(self, text: str) -> int:
        """Count the tokens of a text."""
        return len((await self._post("/tokenize", {"content": text}))["tokens"])

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.post(path, json=body)
        if not response.is_success:
            msg = f"The engine answers {path} with HTTP {response.status_code}: {response.text}"
            raise BenchmarkError(msg)
        found: dict[str, Any] = response.json()
        return found

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()


async def measure(model: Path, folder: Path, layout: Layout) -> Sample:
    """Hold a conversation of some turns with an engine that has read nothing yet."""
    with Processes(folder) as processes:
        port = free_ports(1)[0]
        options = ("--model", str(model), "--port", str(port), "--ctx", str(NUM_CTX))
        processes.start("engine", python("deploy.embedded.engine", *options))
        url = f"http://127.0.0.1:{port}"
        await processes.ready("engine", f"{url}/health")
        engine = Engine(url)
        try:
            return await converse(engine, layout)
        finally:
            await engine.close()


async def converse(engine: Engine, layout: Layout) -> Sample:
    """Ask turn after turn; the answers are given, so that both layouts read the same."""
    stable = prompt_of(inputs(0, [], recalls=False))[0].content
    history: list[ChatMessage] = []
    turns = []
    for number in range(TURNS):
        of = inputs(number, history)
        turns.append(await engine.turn(layout(prompt_of(of), stable)))
        answer = f"In {TOWNS[number % len(TOWNS)]}, and the shop had none left."
        history += [
            ChatMessage(role="user", content=of.question),
            ChatMessage(role="assistant", content=answer),
        ]
    return Sample(tuple(turns), await engine.tokens(stable))


def table(samples: dict[str, Sample]) -> str:
    """Return what each layout cost, in tokens."""
    lines = [f"{'':28}{'prompt':>9}{'turn 1':>9}{'later turns, each':>20}{'reused':>9}"]
    for name, sample in samples.items():
        prompt = sum(turn.prompt for turn in sample.later) / len(sample.later)
        evaluated = sum(turn.evaluated for turn in sample.later) / len(sample.later)
        lines.append(
            f"{name:28}{prompt:9.0f}{sample.turns[0].evaluated:9}{evaluated:20.0f}"
            f"{1 - evaluated / prompt:9.0%}"
        )
    return "\n".join(lines)


def broken_gates(sample: Sample) -> list[str]:
    """Return which turns evaluated what had not changed."""
    return [
        f"turn {number} evaluated {turn.evaluated} of {turn.prompt} tokens,"
        f" though {sample.stable} had not changed"
        for number, turn in enumerate(sample.later, 2)
        if turn.prompt - turn.evaluated < sample.stable - SEAM_TOKENS
    ]


async def run(folder: Path) -> dict[str, Sample]:
    """Measure every layout."""
    model = fetch(cache_directory(), fallback=os.environ.get("MODEL_FALLBACK") != "0")
    return {name: await measure(model, folder, layout) for name, layout in LAYOUTS.items()}


def main() -> int:
    """Run the benchmark."""
    try:
        with fresh_folder() as folder:
            samples = asyncio.run(run(folder))
    except (BenchmarkError, StackError) as error:
        print(f"BROKEN: {error}")
        return 1
    told = samples["as Membus tells it"]
    print(f"Tokens of {DEMONSTRATION_MODEL} evaluated in {TURNS} turns that recall")
    print(table(samples))
    print(f"What does not change is {told.stable} tokens of it.")
    wrong = broken_gates(told)
    for line in wrong:
        print(f"BROKEN: {line}")
    print("FAILED" if wrong else "No turn evaluated again what had not changed.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
