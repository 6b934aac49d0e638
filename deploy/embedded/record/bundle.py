"""The file of a backup: one tar with the dump, the settings that belong to it, and a manifest.

Only what was checked as a whole is ever used: a restore must not find out half-way.
"""

import hashlib
import json
import tarfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deploy.embedded.failure import StackError
from deploy.embedded.settings import CHECKOUT
from shared.memory.revisions import known

FORMAT = 1
"""Another number is another way to lay out the file."""

DUMP, SETTINGS, MANIFEST = "record.dump", "settings.env", "manifest.json"
MEMBERS = frozenset({DUMP, SETTINGS, MANIFEST})
SMALL_BYTES = 1024 * 1024
"""What settings and manifest may have at most: they are read into memory."""

CHUNK_BYTES = 1024 * 1024
POSTGRES_MAGIC = b"PGDMP"


class Part(BaseModel):
    """One file in the backup."""

    model_config = ConfigDict(frozen=True)

    bytes: int = Field(ge=0)
    sha256: str


class Manifest(BaseModel):
    """What a backup holds, and what wrote it; the counts are of the dump's own moment."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["membus-backup"] = "membus-backup"
    format: int = FORMAT
    made_at: datetime
    membus: str
    schema_revision: str
    users: int
    conversations: int
    messages: int
    parts: dict[str, Part]

    def told(self) -> str:
        """Return what is in it, for a person."""
        counted = ", ".join(
            f"{number:,} {noun}{'' if number == 1 else 's'}"
            for noun, number in (
                ("user", self.users),
                ("conversation", self.conversations),
                ("message", self.messages),
            )
        )
        return f"{counted} of {self.made_at:%Y-%m-%d %H:%M:%S} UTC"


@dataclass(frozen=True)
class Bundle:
    """A backup that was checked: its manifest, its `.env`, and where the dump lies in the file."""

    path: Path
    manifest: Manifest
    settings: str
    offset: int

    def dump(self) -> Iterator[bytes]:
        """Yield the dump's bytes."""
        left = self.manifest.parts[DUMP].bytes
        with self.path.open("rb") as file:
            file.seek(self.offset)
            while left and (chunk := file.read(min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk


def version() -> str:
    """Return Membus's own version."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def read(path: Path) -> Bundle:
    """Check a whole backup, byte for byte.

    Raises StackError that says what is wrong with the file.
    """
    if not path.exists():
        raise _unusable(path, "it does not exist")
    if not path.is_file():
        raise _unusable(path, "it is not a file")
    with path.open("rb") as file:
        if file.read(len(POSTGRES_MAGIC)) == POSTGRES_MAGIC:
            raise _unusable(path, "it is a bare PostgreSQL dump, not what `make backup` writes")
        file.seek(0)
        try:
            return _checked(path, file)
        except tarfile.TarError as error:
            reason = f"it is cut off, or not what `make backup` writes ({error})"
            raise _unusable(path, reason) from error


def _checked(path: Path, file: IO[bytes]) -> Bundle:
    with tarfile.open(fileobj=file, mode="r:") as tar:
        members = _members(path, tar)
        manifest = _manifest(path, _small(path, tar, members[MANIFEST]))
        for name, part in manifest.parts.items():
            _require_same(path, tar, members[name], part)
        settings = _small(path, tar, members[SETTINGS])
        try:
            text = settings.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _unusable(path, f"its {SETTINGS} is not text") from error
    return Bundle(path, manifest, text, members[DUMP].offset_data)


def _members(path: Path, tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Return the members by name: these three as plain files and nothing else, whatever it is."""
    found: dict[str, tarfile.TarInfo] = {}
    for member in tar:
        if member.name not in MEMBERS or not member.isreg() or member.name in found:
            raise _unusable(path, f"it holds {member.name!r}, which no backup does")
        found[member.name] = member
    missing = sorted(MEMBERS - found.keys())
    if missing:
        raise _unusable(path, f"it is cut off, or no backup: it lacks {', '.join(missing)}")
    return found


def _manifest(path: Path, text: bytes) -> Manifest:
    try:
        raw: Any = json.loads(text)
        if not isinstance(raw, dict) or raw.get("kind") != "membus-backup":
            raise _unusable(path, f"its {MANIFEST} is of something else")
        if raw.get("format") != FORMAT:
            reason = (
                f"it has format {raw.get('format')!r}, and this Membus reads format {FORMAT}; "
                f"use the version that wrote it ({raw.get('membus')})"
            )
            raise _unusable(path, reason)
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        raise _unusable(path, f"its {MANIFEST} is incomplete") from error
    except ValueError as error:
        raise _unusable(path, f"its {MANIFEST} is damaged") from error
    if manifest.parts.keys() != MEMBERS - {MANIFEST}:
        raise _unusable(path, f"its {MANIFEST} does not vouch for every part")
    if manifest.schema_revision not in known():
        reason = (
            f"its schema {manifest.schema_revision} is of a newer Membus ({manifest.membus}) than "
            f"this one, which knows up to {known()[-1]}; restore it with that version"
        )
        raise _unusable(path, reason)
    return manifest


def _require_same(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, part: Part) -> None:
    digest = hashlib.sha256()
    file = tar.extractfile(member)
    while file is not None and (chunk := file.read(CHUNK_BYTES)):
        digest.update(chunk)
    if member.size != part.bytes or digest.hexdigest() != part.sha256:
        raise _unusable(path, f"its {member.name} is damaged: the SHA-256 is not the manifest's")


def _small(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    if file is None or member.size > SMALL_BYTES:
        raise _unusable(path, f"its {member.name} is {member.size} bytes long, which none is")
    return file.read()


def _unusable(path: Path, reason: str) -> StackError:
    return StackError(f"{path} cannot be restored: {reason}. Nothing was changed.")
