"""Edge: where log lines go and what they look like. To stderr, never to stdout.

Called once by whoever owns the process, before anything else logs. Our own lines (structlog)
and those of libraries (logging) take the same way, so that a log is all JSON or all text, and
every line written while a deliberation runs says which. structlog is loaded with the first
line: a greeting would have to wait for it.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from magi_mcp.core.errors import unknown_name

if TYPE_CHECKING:
    import structlog

LEVELS = ("debug", "info", "warning", "error", "critical")

_dossier_id: ContextVar[str | None] = ContextVar("dossier_id", default=None)


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


@contextmanager
def about(dossier_id: str) -> Iterator[None]:
    """Have every line that is written in this block, and in tasks it starts, bear the id."""
    token = _dossier_id.set(dossier_id)
    try:
        yield
    finally:
        _dossier_id.reset(token)


def current_dossier() -> str | None:
    """The id of the deliberation that runs here, where one does."""
    return _dossier_id.get()


def logger(name: str) -> "Logger":
    """A logger of our own, whose lines take the way that :func:`configure_logs` set up."""
    return Logger(logging.getLogger(name))


class Logger:
    """Writes an event with its facts as one line. What is too quiet for the level costs nothing."""

    def __init__(self, way_out: logging.Logger) -> None:
        self._way_out = way_out

    def debug(self, event: str, **facts: object) -> None:
        """For whoever looks for a fault: single calls."""
        self._write(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: object) -> None:
        """What happens when all goes well: a deliberation is opened, and ends."""
        self._write(logging.INFO, event, facts)

    def warning(self, event: str, **facts: object) -> None:
        """What went wrong and was coped with."""
        self._write(logging.WARNING, event, facts)

    def error(self, event: str, **facts: object) -> None:
        """What went wrong and was not coped with."""
        self._write(logging.ERROR, event, facts)

    def exception(self, event: str, **facts: object) -> None:
        """An error, with the traceback of the exception at hand."""
        self.error(event, exc_info=True, **facts)

    def _write(self, level: int, event: str, facts: dict[str, object]) -> None:
        if self._way_out.isEnabledFor(level):
            self._lines.log(level, event, **facts)

    @cached_property
    def _lines(self) -> "structlog.stdlib.BoundLogger":
        import structlog

        lines: structlog.stdlib.BoundLogger = structlog.wrap_logger(
            self._way_out,
            processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        return lines


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
        _with_dossier,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _with_dossier(
    _logger: object, _method: str, line: "structlog.typing.EventDict"
) -> "structlog.typing.EventDict":
    dossier_id = current_dossier()
    if dossier_id is not None:
        line.setdefault("dossier_id", dossier_id)
    return line


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
