"""Logs: JSON lines made readable, files followed through rotation."""

import json
from pathlib import Path

import pytest

from deploy.embedded import log_view
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout
from deploy.embedded.log_tail import tail
from deploy.embedded.log_view import Follower, readable


def test_a_json_line_is_made_readable() -> None:
    entry = {
        "event": "Turn closed",
        "level": "info",
        "service": "context",
        "time": "2026-11-22T10:20:30.123456Z",
        "turn": "t1",
        "took_ms": 5,
    }
    expected = "10:20:30.123 context       info    Turn closed turn=t1 took_ms=5"
    assert readable("context", json.dumps(entry)) == expected


@pytest.mark.parametrize("line", ["plain text", '{"no": "event"}', "[1]", "{broken"])
def test_other_lines_stay_as_they_are(line: str) -> None:
    assert readable("nats", line).split(maxsplit=1) == ["nats", line]


def test_a_growing_file_is_followed_by_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    follower = Follower(path)
    assert list(follower.lines()) == []
    with path.open("w") as log:
        log.write("one\ntw")
        log.flush()
        assert list(follower.lines()) == ["one"]
        log.write("o\n")
        log.flush()
        assert list(follower.lines()) == ["two"]
        assert list(follower.lines()) == []


def test_a_rotated_file_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("old\n")
    follower = Follower(path)
    assert list(follower.lines()) == ["old"]

    path.rename(tmp_path / "x.log.1")
    path.write_text("new and longer\n")

    assert list(follower.lines()) == ["new and longer"]


def test_a_long_past_is_cut_at_a_line(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("".join(f"line {number}\n" for number in range(10_000)))
    lines = list(Follower(path).lines())
    assert lines[-1] == "line 9999"
    assert 100 < len(lines) < 10_000
    assert all(line.startswith("line ") for line in lines)


def test_the_logs_of_one_program_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = Layout(tmp_path)
    layout.logs.mkdir()
    layout.log("nats").write_text("from nats\n")
    layout.log("context").write_text("from context\n")

    log_view.logs(layout, "context", follow=False)

    shown = capsys.readouterr().out
    assert "from context" in shown
    assert "from nats" not in shown


def test_an_unknown_log_names_the_known_ones(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    with pytest.raises(StackError, match="make up"):
        log_view.logs(layout, "", follow=False)
    layout.logs.mkdir()
    layout.log("nats").touch()
    with pytest.raises(StackError, match="S=nats"):
        log_view.logs(layout, "foo", follow=False)


def test_the_end_of_a_log_is_indented(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    assert tail(path, 2) == "    (nothing was logged)"
    path.write_text("a\nb\nc\n")
    assert tail(path, 2) == "    b\n    c"
