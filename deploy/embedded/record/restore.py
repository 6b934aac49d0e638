"""`restore`: a backup's record in the place of the present one, or nothing changed at all."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from deploy.embedded import (
    addresses,
    dotenv_file,
    exclusive,
    launch,
    readiness,
    supervision,
    terminal,
)
from deploy.embedded.failure import StackError
from deploy.embedded.record import bundle, installation, stack
from deploy.embedded.record.bundle import Bundle
from deploy.embedded.record.owner import Addresses, in_words
from deploy.embedded.record.replacement import Replacement
from deploy.embedded.record.stack import Stack
from deploy.embedded.settings import ENV_FILE, LauncherSettings, read_settings

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
    running = stack.find(settings, unchanged=True)
    if running is None:
        forgotten = _restore_and_start(settings, found, secret)
    else:
        forgotten = _restore_running(running, found, secret)
    _say(found, forgotten)


def _restore_and_start(settings: LauncherSettings, found: Bundle, secret: str) -> int:
    """Start the stack, with the record replaced before any service runs."""
    forgotten: int | None = None

    def replace() -> None:
        nonlocal forgotten
        forgotten = _replace(settings, found)
        if secret:
            installation.take_secret(secret)

    if secret:
        installation.use_secret(secret)  # what is started gets it; `.env` only when all is done
    launch.bring_up(before_services=replace)
    if forgotten is None:
        msg = "Another command has started Membus meanwhile: nothing was restored. Restore again."
        raise StackError(msg)
    return forgotten


def _restore_running(running: Stack, found: Bundle, secret: str) -> int:
    """Replace the record of a running stack, with its services stopped meanwhile."""
    with exclusive.alone(running.layout), exclusive.interruptions_are_exceptions():
        with _services_stopped(running):
            forgotten = _replace(running.settings, found)
        if secret:
            supervision.stop(running.layout)  # every program has the old one in its environment
            installation.take_secret(secret)
        else:
            _start_services(running)
    if secret:
        installation.use_secret(secret)
        launch.bring_up()
    return forgotten


def _replace(settings: LauncherSettings, found: Bundle) -> int:
    """Put the backup's record in place; returns the rows forgotten again."""
    replacement = Replacement(Addresses.of(settings))
    redis = Redis.from_url(addresses.redis_url(settings), socket_timeout=REDIS_TIMEOUT_S)
    with redis, _discarded(replacement), in_words(FAILED):
        _require_answer(redis)
        watermarks = asyncio.run(replacement.watermarks())
        with terminal.step("backup's record"):
            asyncio.run(replacement.make())
            replacement.fill(found)
        with terminal.step("schema of the backup's record"):
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
def _discarded(replacement: Replacement) -> Iterator[None]:
    """When the block fails, delete what was half made: the present record stays."""
    try:
        yield
    except SwappedError:
        raise
    except BaseException:  # also Ctrl-C
        with exclusive.uninterrupted():
            terminal.say("  the present record stays as it is")
            try:
                with in_words("What was half made cannot be deleted"):
                    asyncio.run(replacement.discard())
            except StackError as error:
                terminal.note(f"{error} The next restore, or `make compact`, deletes it.")
        raise


@contextmanager
def _services_stopped(running: Stack) -> Iterator[None]:
    """Stop the services for the block; when it fails, start them again."""
    try:
        with terminal.step("services stopped"):
            supervision.stop_group(running.client, "services")
        yield
    except SwappedError:
        raise
    except BaseException:  # also Ctrl-C: nobody would start the services again
        with exclusive.uninterrupted():
            terminal.say("  starting the services again …")
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
