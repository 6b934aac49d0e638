"""Structured logs: a fixed sentence plus bound keys, one JSON object a line in production.

Turn, conversation and user ids are bound once at the edge of each unit of work
(`structlog.contextvars.bound_contextvars`) and stand on every line that it writes.
"""

import logging
import sys
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Forward = Callable[[str, str, dict[str, Any]], None]
"""Takes level, event and fields of a line on its way to the log subjects."""


def configure_logging(*, service: str, level: str, form: str, forward: Forward) -> None:
    """Set up structlog, and the standard library's logging to come out the same way."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _bind_service(service),
        structlog.processors.format_exc_info,
        _forwarding(forward),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # The libraries' own INFO lines are two a message, and cost as much as handling it.
    root.setLevel(max(threshold, logging.WARNING))


def _bind_service(service: str) -> Processor:
    def bind(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return bind


def _forwarding(forward: Forward) -> Processor:
    def pass_on(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        hidden = {"event", "level", "service", "time"}
        fields = {k: v for k, v in event.items() if k not in hidden and not k.startswith("_")}
        forward(str(event.get("level", "info")), str(event.get("event", "")), fields)
        return event

    return pass_on
