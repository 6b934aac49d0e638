"""What counts as Redis being down, however its client says it."""

import pytest

from shared.failures import DependencyDownError
from shared.memory.connection import _answering


def fail(text: str) -> None:
    with _answering():
        raise RuntimeError(text)


def test_a_connection_that_uvloop_has_closed_is_down() -> None:
    with pytest.raises(DependencyDownError):
        fail("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


def test_another_runtime_error_is_a_bug() -> None:
    with pytest.raises(RuntimeError, match="something else"):
        fail("something else")
