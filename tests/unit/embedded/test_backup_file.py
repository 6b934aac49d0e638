"""A backup's file: written whole or not at all, and checked as a whole before anything is done."""

import io
import json
import os
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.failure import StackError
from deploy.embedded.record import bundle, bundle_writer
from deploy.embedded.record.bundle import DUMP, MANIFEST, SETTINGS, Manifest, version
from shared.memory.revisions import known

CONTENT = b"PGDMP" + bytes(range(256)) * 5_000
SECRETS = b"SECRET_KEY=abc\n"


def written(path: Path, *, force: bool = False, **changes: Any) -> Path:
    """Write a backup, with fields of the manifest changed."""
    with bundle_writer.target(path, force=force) as file:
        dump = bundle_writer.write_dump(file, [CONTENT[:7], b"", CONTENT[7:]])
        values: dict[str, Any] = {
            "made_at": datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
            "membus": version(),
            "schema_revision": known()[-1],
            "users": 1_200,
            "conversations": 2,
            "messages": 3,
            "parts": {DUMP: dump, SETTINGS: bundle_writer.part_of(SECRETS)},
        }
        bundle_writer.write_rest(file, SECRETS, Manifest(**{**values, **changes}))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return written(tmp_path / "my backup.tar")


def repacked(path: Path, **members: bytes | None) -> Path:
    """Write the file's members anew, some of them changed, added, or (None) left out."""
    with tarfile.open(path) as tar:
        old = {m.name: (tar.extractfile(m) or io.BytesIO()).read() for m in tar}
    with tarfile.open(path, "w") as tar:
        for name, content in {
            **old,
            **{k.replace("_", "."): v for k, v in members.items()},
        }.items():
            if content is not None:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    return path


def manifest_of(path: Path) -> dict[str, Any]:
    with tarfile.open(path) as tar:
        file = tar.extractfile(MANIFEST)
        assert file is not None
        found: dict[str, Any] = json.loads(file.read())
    return found


def test_what_was_written_is_read(path: Path) -> None:
    found = bundle.read(path)
    assert b"".join(found.dump()) == CONTENT
    assert found.settings == SECRETS.decode()
    assert found.manifest.told() == (
        "1,200 users, 2 conversations, 3 messages of 2026-05-04 03:02:01 UTC"
    )
    assert manifest_of(path)["kind"] == "membus-backup"
    assert tarfile.is_tarfile(path)


def test_it_is_for_its_owner_only_and_nothing_lies_beside_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_another_file_is_not_overwritten_unless_it_is_meant(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(StackError, match=r"exists already.*FORCE=1"):
        written(path)
    assert path.read_bytes() == before
    written(path, force=True, users=5)
    assert bundle.read(path).manifest.users == 5


def test_half_a_backup_leaves_nothing(path: Path) -> None:
    before = path.read_bytes()

    def interrupted() -> None:
        with bundle_writer.target(path, force=True) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_a_killed_backup_left_is_replaced(path: Path) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(b"x" * 10_000_000)
    partial.chmod(0o644)
    written(path, force=True)
    assert bundle.read(path).manifest.users == 1_200
    assert path.stat().st_size < 10_000_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_at_once_do_not_write_into_one_file(path: Path) -> None:
    with (
        bundle_writer.target(path, force=True),
        pytest.raises(StackError, match="Another backup is being written"),
    ):
        written(path, force=True)


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no folder"):
        written(tmp_path / "missing" / "file")
    with pytest.raises(StackError, match="is a folder"):
        written(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.0001, 0.3, 0.9, 0.999])
def test_a_file_that_was_cut_is_refused(share: float, path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(StackError, match=r"cannot be restored: it is cut off.*Nothing was changed"):
        bundle.read(path)


@pytest.mark.parametrize("at", [600, 1_000_000])
def test_a_byte_that_was_changed_is_found(at: int, path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"!")
    with pytest.raises(StackError, match=r"record\.dump is damaged"):
        bundle.read(path)


def test_changed_settings_are_found(path: Path) -> None:
    repacked(path, settings_env=b"SECRET_KEY=xyz\n")
    with pytest.raises(StackError, match=r"settings\.env is damaged"):
        bundle.read(path)


def test_another_format_is_not_guessed_at(tmp_path: Path) -> None:
    path = written(tmp_path / "f", format=2)
    with pytest.raises(StackError, match="has format 2, and this Membus reads format 1"):
        bundle.read(path)


def test_a_newer_schema_is_refused_with_the_version_that_knows_it(tmp_path: Path) -> None:
    path = written(tmp_path / "f", schema_revision="9999", membus="7.0")
    with pytest.raises(StackError, match=r"schema 9999 is of a newer Membus \(7\.0\)"):
        bundle.read(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "damaged"),
        (b"[]", "something else"),
        (b'{"kind": "cookbook"}', "something else"),
        (b'{"kind": "membus-backup", "format": 1}', "incomplete"),
        (b"x" * 2_000_000, "2000000 bytes long"),
        (None, "lacks manifest.json"),
    ],
)
def test_a_manifest_that_is_none(content: bytes | None, said: str, path: Path) -> None:
    repacked(path, manifest_json=content)
    with pytest.raises(StackError, match=said):
        bundle.read(path)


def test_a_manifest_must_vouch_for_every_part(path: Path) -> None:
    manifest = manifest_of(path)
    del manifest["parts"][SETTINGS]
    repacked(path, manifest_json=json.dumps(manifest).encode())
    with pytest.raises(StackError, match="does not vouch"):
        bundle.read(path)


def test_settings_that_are_no_text(path: Path) -> None:
    manifest, binary = manifest_of(path), b"\xff\xfe"
    manifest["parts"][SETTINGS] = bundle_writer.part_of(binary).model_dump()
    repacked(path, manifest_json=json.dumps(manifest).encode(), settings_env=binary)
    with pytest.raises(StackError, match="is not text"):
        bundle.read(path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "more.txt", DUMP])
def test_a_member_that_no_backup_has(name: str, path: Path) -> None:
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(StackError, match="holds"):
        bundle.read(path)


def test_a_link_is_no_part(tmp_path: Path) -> None:
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as tar:
        link = tarfile.TarInfo(DUMP)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(StackError, match=r"holds 'record\.dump'"):
        bundle.read(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CONTENT, "bare PostgreSQL dump"),
        (b"hello" * 1_000, "not what `make backup` writes"),
        (b'{"kind": "user"}\n' * 100, "not what `make backup` writes"),
    ],
)
def test_what_is_no_backup_at_all(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(StackError, match=said):
        bundle.read(tmp_path / "f")


def test_a_compressed_tar_is_not_unpacked_unasked(path: Path) -> None:
    packed = path.with_suffix(".gz")
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(path)
    with pytest.raises(StackError, match="not what `make backup` writes"):
        bundle.read(packed)


def test_what_is_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="does not exist"):
        bundle.read(tmp_path / "missing")
    with pytest.raises(StackError, match="not a file"):
        bundle.read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(StackError, match="not a file"):
        bundle.read(tmp_path / "pipe")
