"""`make clean` asks, deletes only the stack's own folder, and says what it keeps."""

import builtins
from pathlib import Path

import pytest

from deploy.embedded.cleaning import clean
from deploy.embedded.failure import StackError
from deploy.embedded.layout import Layout


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path / ".data")
    layout.create()
    (layout.data / "valkey").mkdir()
    return layout


def answer(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    def reply(_question: str) -> str:
        if text is None:
            raise EOFError
        return text

    monkeypatch.setattr(builtins, "input", reply)


def test_yes_deletes(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "Yes")
    assert clean(layout, confirmed=False)
    assert not layout.data.exists()


@pytest.mark.parametrize("text", ["", "no", "y"])
def test_anything_else_does_not(text: str, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, text)
    assert not clean(layout, confirmed=False)
    assert layout.data.exists()


def test_nobody_to_ask_is_an_error(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, None)
    with pytest.raises(StackError, match="YES=1"):
        clean(layout, confirmed=False)


def test_confirmed_does_not_ask(layout: Layout) -> None:
    assert clean(layout, confirmed=True)
    assert not layout.data.exists()
    assert clean(layout, confirmed=True)


def test_a_folder_with_other_things_is_left_alone(layout: Layout) -> None:
    (layout.data / "thesis.txt").touch()
    with pytest.raises(StackError, match=r"thesis\.txt"):
        clean(layout, confirmed=True)
    assert layout.data.exists()
