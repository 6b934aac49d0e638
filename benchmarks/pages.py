"""What the chat page costs: its first load, a long conversation, many streams at once.

`python -m benchmarks.pages` starts NATS, Valkey, PostgreSQL, a fake LLM, Membus' services and the
chat page on free ports and fresh data, and looks at the page with Debian's Chromium.

The exit code is 1 where the first load is more than 120 KB, where anything is asked of another
machine, where a stream through the page does not end with the right answer, or where a message of
the long conversation is missing. Times are only told, beside their floor of the same run.
"""

import argparse
import json
import secrets
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvloop
from playwright.async_api import Browser, BrowserContext, Page, Response, async_playwright

from benchmarks import stack
from benchmarks.page_conversation import fill
from benchmarks.page_streams import Streams, drained, port_of, streams
from benchmarks.processes import BenchmarkError, Processes, free_ports, uvicorn
from benchmarks.run import say
from deploy.embedded.failure import StackError

MOST_BYTES = 120_000
PARTS = ("load", "usable", "long", "streams")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
TOKENS = 200
PATIENCE_MS = 60_000
USABLE = "() => document.getElementById('composer')?.noValidate && performance.now()"
BARE = "() => document.readyState === 'complete' && performance.now()"
NEWEST = (
    "() => document.querySelector('#log')?.lastElementChild?.innerText.includes('Message %d:')"
    " && performance.now()"
)
FRAMES = """async () => {
  const part = document.querySelector('#talk .scroll');
  let worst = 0, last = performance.now();
  for (let step = 0; step < 60; step += 1) {
    part.scrollTop -= 200;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    worst = Math.max(worst, now - last);
    last = now;
  }
  return worst;
}"""


@dataclass
class Places:
    """Where everything is, and the key with which tokens are signed."""

    api: str
    page: str
    bare: str
    key: str


@dataclass
class Found:
    """What was measured, by name with its unit, and what is wrong."""

    figures: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def gate(self, holds: bool, text: str) -> None:  # noqa: FBT001 - a gate holds or does not
        """Note a gate that does not hold."""
        if not holds:
            self.wrong.append(text)


def parts(text: str) -> tuple[str, ...]:
    """Read names of parts with commas between them; ValueError for anything else."""
    found = tuple(text.split(","))
    if not set(found) <= set(PARTS):
        raise ValueError(text)
    return found


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.pages",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds and messages")
    parser.add_argument(
        "--only", type=parts, default=PARTS, help="some of load,usable,long,streams"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    found = parser.parse_args(arguments)
    found.rounds = 3 if found.quick else 7
    found.messages = 500 if found.quick else 5_000
    return found


async def start(folder: Path, processes: Processes, servers: ExitStack) -> Places:
    """Start the system, and the bare page."""
    bus = servers.enter_context(stack.running_nats(folder / "nats"))
    redis = servers.enter_context(stack.running_valkey(folder / "valkey"))
    record = servers.enter_context(stack.running_postgres(folder / "postgres"))
    key = secrets.token_urlsafe(48)
    llm = await stack.start_fake_llm(processes, tokens=TOKENS)
    database = await stack.prepare_record(record.url)
    await stack.declare_topology(bus.url, database_url=database)
    api = await stack.start_services(
        processes,
        folder=folder,
        nats_url=bus.url,
        redis_urls=dict.fromkeys(stack.SERVICES, redis.url),
        database_urls=dict.fromkeys(stack.SERVICES, database),
        llm_url=llm,
        more={"SECRET_KEY": key},
    )
    ports = free_ports(2)
    page, bare = (f"http://127.0.0.1:{port}" for port in ports)
    environment = {"SECRET_KEY": key, "API_URL": api}
    processes.start("web", uvicorn("services.gateway.web.app:create_app", ports[0]), environment)
    processes.start("bare", uvicorn("benchmarks.bare_page:create_app", ports[1]))
    await processes.ready("web", page)
    await processes.ready("bare", bare)
    return Places(api, page, bare, key)


async def visit(context: BrowserContext, url: str, ready: str) -> tuple[Page, float]:
    """Open a page; return it, and when it was ready, in ms since the navigation began."""
    page = await context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(url, wait_until="commit")
    at = await (await page.wait_for_function(ready)).json_value()
    return page, float(at)


async def load(browser: Browser, places: Places, found: Found) -> None:
    """Count what a first visit fetches."""
    async with await browser.new_context() as context:
        page = await context.new_page()
        answers: list[Response] = []
        # A request that nobody answers is none the less one to another machine.
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it takes no builtin
        await page.goto(places.page, wait_until="load")
        await page.wait_for_function(USABLE)
        await page.wait_for_timeout(1_000)
        files = [one for one in answers if "text/event-stream" not in one.headers["content-type"]]
        whole = sum([len(await one.body()) for one in files])
        wire = sum([(await one.request.sizes())["responseBodySize"] for one in files])
        say(f"First load: {len(answers)} requests, {whole / 1000:.1f} KB, {wire / 1000:.1f} sent")
        found.figures |= {"requests": len(answers), "bytes": whole, "bytes_sent": wire}
        found.gate(whole <= MOST_BYTES, f"the first load is {whole} bytes, more than {MOST_BYTES}")
        own = (f"{places.page}/", "data:", "blob:")
        strange = [url for url in asked if not url.startswith(own)]
        found.gate(not strange, f"asked of another machine: {strange}")


async def usable(browser: Browser, places: Places, rounds: int, found: Found) -> None:
    """Time a first visit beside one to a bare page."""
    times: dict[str, list[float]] = {places.page: [], places.bare: []}
    for _ in range(rounds):
        for url, ready in ((places.page, USABLE), (places.bare, BARE)):
            async with await browser.new_context() as context:
                times[url].append((await visit(context, url, ready))[1])
    ours, floor = (statistics.median(times[url]) for url in (places.page, places.bare))
    found.figures |= {"usable_ms": ours, "bare_ms": floor, "usable_ratio": ours / floor}
    say(f"Usable after {ours:.0f} ms, median of {rounds}")
    say(f"A bare page: {floor:.0f} ms; the chat page takes {ours / floor:.1f} x that")


async def long(browser: Browser, places: Places, messages: int, found: Found) -> None:
    """Open a long conversation, and scroll in it up to its first message."""
    async with await browser.new_context() as context:
        await visit(context, places.page, USABLE)
        began = time.monotonic()
        [cookie] = await context.cookies()
        await fill(places.api, f"{cookie['name']}={cookie['value']}", "long", messages)
        say(f"({messages:,} messages imported in {time.monotonic() - began:.0f} s)")
        ready = NEWEST % (messages - 1)
        times = []
        for _ in range(3):
            opened, at = await visit(context, f"{places.page}/c/long", ready)
            times.append(at)
        say(f"{messages:,} messages: newest shown after {statistics.median(times):.0f} ms")
        worst = await opened.evaluate(FRAMES)
        say(f"Worst frame of 60 while scrolling: {worst:.0f} ms")
        began = time.monotonic()
        pages = await to_first(opened)
        took = time.monotonic() - began
        each = took * 1000 / max(1, pages)
        say(f"Up to the first message: {pages} pages, {took:.1f} s, {each:.0f} ms a page")
        found.figures |= {
            "messages": messages,
            "newest_shown_ms": statistics.median(times),
            "worst_frame_ms": worst,
            "earlier_pages": pages,
            "earlier_page_ms": each,
        }
        shown = await opened.evaluate("document.querySelectorAll('#log .turn').length")
        found.gate(shown == messages // 2, f"{shown} of {messages // 2} questions are shown")


async def to_first(page: Page) -> int:
    """Scroll up as long as earlier messages come; return how often."""
    for steps in range(1_000):
        first = await page.evaluate("document.querySelector('#log .turn').textContent")
        if "Message 0:" in first:
            return steps
        await page.evaluate("document.querySelector('#talk .scroll').scrollTop = 0")
        await page.wait_for_function(
            "old => document.querySelector('#log .turn').textContent !== old", arg=first
        )
    return steps


async def many(places: Places, found: Found) -> None:
    """Stream to 64 at once, straight from the API and through the page."""
    told: dict[str, Streams] = {}
    for name, url in (("API", places.api), ("page", places.page)):
        told[name] = await streams(url, places.key, page=name == "page")
        found.wrong += [f"{name}: {error}" for error in told[name].errors]
        say(f"64 streams, {name}: {told[name].line()}")
    straight, through = told["API"], told["page"]
    ratio = through.seconds / straight.seconds
    first = through.first_ms / (straight.first_ms or float("nan"))
    say(
        f"Through the page (which renders, too): {ratio:.1f} x the time, {first:.1f} x to the first"
    )
    found.gate(straight.answers == through.answers, "the page's answers are not the API's")
    left = await drained(port_of(places.page), port_of(places.api))
    say(f"The page's connections to the API, afterwards: {left}")
    found.gate(left == 0, f"the page has {left} connections to the API still open")
    found.figures |= {
        "streams_api_s": straight.seconds,
        "streams_page_s": through.seconds,
        "streams_ratio": ratio,
        "streams_api_first_ms": straight.first_ms,
        "streams_page_first_ms": through.first_ms,
        "streams_first_ratio": first,
        "connections_left": left,
    }


async def run(asked: argparse.Namespace, folder: Path, processes: Processes) -> Found:
    """Start everything, and look."""
    found = Found()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        msg = "Chromium is missing. Debian: apt-get install chromium"
        raise BenchmarkError(msg)
    with ExitStack() as servers:
        say("Starting the system …")
        places = await start(folder, processes, servers)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            if "load" in asked.only:
                await load(browser, places, found)
            if "usable" in asked.only:
                await usable(browser, places, asked.rounds, found)
            if "long" in asked.only:
                await long(browser, places, asked.messages, found)
            await browser.close()
        if "streams" in asked.only:
            await many(places, found)
    return found


def main() -> int:
    """Run the benchmark."""
    asked = options()
    started = time.monotonic()
    try:
        with stack.fresh_folder() as folder, Processes(folder) as processes:
            found = uvloop.run(run(asked, folder, processes))
    except (BenchmarkError, StackError) as error:
        say(f"BROKEN: {error}")
        return 1
    if asked.json is not None:
        text = json.dumps({"figures": found.figures, "broken": found.wrong}, indent=1)
        asked.json.write_text(text + "\n", encoding="utf-8")
    for line in found.wrong:
        say(f"BROKEN: {line}")
    say("FAILED" if found.wrong else "The gates hold.")
    say(f"({time.monotonic() - started:.0f} s)")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
