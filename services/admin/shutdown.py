"""Ends endless answers when the server is told to stop, before it waits for them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_stop_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` before the handlers that the server has set; without any, do nothing.

    Uvicorn tells an application of its end only when every answer is out, and a live page's never
    is: each stop would last as long as it may.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in _SIGNALS}

    def told(number: int, frame: FrameType | None) -> None:
        stop()
        handler = kept[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number, handler in kept.items():
        if callable(handler):
            signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in kept.items():
            if signal.getsignal(number) is told:
                signal.signal(number, handler)
