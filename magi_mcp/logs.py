"""Edge: where log lines go and what they look like. To stderr, never to stdout.

Called once by whoever owns the process, before anything else logs. Our own lines (structlog)
and those of libraries (logging) take the same way, so that a log is all JSON or all text.
structlog is loaded with the first line: a greeting would have to wait for it.
"""

import logging
import sys
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, TextIO

from magi_mcp.core.errors import unknown_name

if TYPE_CHECKING:
    import structlog

_to_configure = Event()
"""Set while structlog still has to be told what :func:`configure_logs` was told."""

LEVELS = ("debug", "info", "warning", "error", "critical")


def configure_logs(level: str = "warning", stream: TextIO | None = None) -> None:
    """Send every log line of ``level`` and above to ``stream``, by default stderr.

    A terminal gets lines for people, anything else one JSON object a line. Raises
    ``CallerError`` for a level that does not exist.
    """
    if level.casefold() not in LEVELS:
        raise unknown_name("MAGI_LOG_LEVEL", level, LEVELS)
    sink = stream or sys.stderr
    handler = logging.StreamHandler(sink)
    handler.setFormatter(_LateFormatter(for_people=sink.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    _to_configure.set()


def logger(name: str) -> "structlog.stdlib.BoundLogger":
    """A logger of our own, whose lines take the way that :func:`configure_logs` set up.

    Ask for it where a line is written, not at import: this is where structlog is loaded.
    """
    import structlog

    if _to_configure.is_set():
        _to_configure.clear()
        structlog.configure(
            processors=[
                *_shared(),
                structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
            ],
            wrapper_class=structlog.stdlib.BoundLogger,
            logger_factory=structlog.stdlib.LoggerFactory(),
        )
    return structlog.stdlib.get_logger(name)


class _LateFormatter(logging.Formatter):
    """Takes shape at the first line: a server that has nothing to say greets the sooner."""

    def __init__(self, *, for_people: bool) -> None:
        super().__init__()
        self._for_people = for_people

    def format(self, record: logging.LogRecord) -> str:
        """The line, as structlog renders it."""
        return self._formatter.format(record)

    @cached_property
    def _formatter(self) -> logging.Formatter:
        return _formatter(for_people=self._for_people)


def _shared() -> "list[structlog.typing.Processor]":
    """What is done to every line, whoever wrote it."""
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(*, for_people: bool) -> logging.Formatter:
    import structlog

    # Tracebacks stay plain in both forms: structlog's richer ones print local variables, and
    # with them keys.
    ending: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if for_people
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
    )
