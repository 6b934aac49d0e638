"""`restore`: a backup's record in the place of the present one, or nothing changed at all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from deploy.embedded import dotenv_file, exclusive, launch, readiness, supervision, terminal
from deploy.embedded.failure import StackError
from deploy.embedded.record import bundle, installation, stack
from deploy.embedded.record.bundle import Bundle
from deploy.embedded.record.owner import Addresses, in_words
from deploy.embedded.record.replacement import Replacement
from deploy.embedded.record.stack import Stack
from deploy.embedded.settings import ENV_FILE, read_settings

FAILED = "The backup cannot be restored"

REDIS_TIMEOUT_S = 60.0
"""Emptying takes as long as there are keys: a second for a few million."""


class SwappedError(StackError):
    """The record was replaced already: there is no way back."""


def restore(path: Path) -> None:
    """Check a backup, start what does not run, and put the backup's record in place.

    Raises StackError; before the swap everything is then as it was.
    """
    with terminal.step("backup is whole"):
        found = bundle.read(path)
    terminal.say(f"{path}: {found.manifest.told()}, written by Membus {found.manifest.membus}")
    installation.place_missing(found)
    dotenv_file.load(ENV_FILE)
    secret = installation.other_secret(found)
    settings = read_settings()
    if not settings.has_record:
        raise StackError(stack.NO_RECORD)
    if stack.find(settings) is None:
        launch.bring_up()
    running = stack.running()
    with exclusive.alone(running.layout), exclusive.interruptions_are_exceptions():
        forgotten = _replace(running, found)
        if secret:
            supervision.stop(running.layout)  # every program has the old one in its environment
            installation.take_secret(secret)
        else:
            _start_services(running)
    if secret:
        launch.bring_up()
    _say(found, forgotten)


def _replace(running: Stack, found: Bundle) -> int:
    """Put the record in place with the services stopped; returns the rows forgotten again."""
    replacement = Replacement(Addresses.of(running.settings))
    redis = Redis.from_url(running.environment["REDIS_URL"], socket_timeout=REDIS_TIMEOUT_S)
    with redis, _as_before(running, replacement), in_words(FAILED):
        _require_answer(redis)
        with terminal.step("services stopped"):
            supervision.stop_group(running.client, "services")
        watermarks = asyncio.run(replacement.watermarks())
        with terminal.step("backup's record"):
            asyncio.run(replacement.make())
            replacement.fill(found)
        with terminal.step("schema of the record"):
            asyncio.run(replacement.migrate())
        with terminal.step("what was forgotten since"):
            forgotten = asyncio.run(replacement.forget_again(watermarks))
        with exclusive.uninterrupted(), terminal.step("record in place, Redis empty"):
            asyncio.run(replacement.swap())
            _empty(redis)
    try:
        with in_words("The record that was replaced cannot be deleted"):
            asyncio.run(replacement.drop_left_over())
    except StackError as error:
        terminal.note(f"{error} `make compact` tries again.")
    return forgotten


@contextmanager
def _as_before(running: Stack, replacement: Replacement) -> Iterator[None]:
    """When the block fails, delete what was half made and start the services again."""
    try:
        yield
    except SwappedError:
        raise
    except BaseException:  # also Ctrl-C: nobody would start the services again
        with exclusive.uninterrupted():
            terminal.say("  the present record stays; starting the services again …")
            try:
                with in_words("What was half made cannot be deleted"):
                    asyncio.run(replacement.discard())
            except StackError as error:
                terminal.note(f"{error} The next restore, or `make compact`, deletes it.")
            _start_services(running)
        raise


def _require_answer(redis: Redis) -> None:
    try:
        redis.ping()
    except RedisError as error:
        msg = f"{FAILED}: Redis does not answer ({error}). `make status` tells."
        raise StackError(msg) from error


def _empty(redis: Redis) -> None:
    try:
        redis.flushdb()
    except RedisError as error:
        msg = (
            f"The backup's record is in place, but Redis cannot be emptied ({error}) and still has "
            "the memory of the replaced one. The services stay stopped: see `make status` for "
            "Redis, then run the same `make restore` again."
        )
        raise SwappedError(msg) from error


def _start_services(running: Stack) -> None:
    for program in running.services:
        running.client.start(program.full_name)
    readiness.wait(
        running.services, running.client, running.layout, running.settings.start_timeout_s
    )


def _say(found: Bundle, forgotten: int) -> None:
    terminal.say(f"\nRestored: {found.manifest.told()}.")
    if forgotten:
        terminal.say(f"{forgotten:,} rows were forgotten again: they were forgotten since then.")
    terminal.say(
        "Redis is rebuilt from the record; chat goes on meanwhile. NATS's streams were left alone: "
        "turns that waited go on, and MEMORY still holds what was said since the backup."
    )
