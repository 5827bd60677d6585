"""Edge: where log lines go and what they look like. To stderr, never to stdout.

Called once by whoever owns the process, before anything else logs. Our own lines (structlog)
and those of libraries (logging) take the same way, so that a log is all JSON or all text.
"""

import logging
import sys
from typing import TextIO

import structlog

from magi_mcp.core.errors import unknown_name

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
    handler.setFormatter(_formatter(for_people=sink.isatty()))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    structlog.configure(
        processors=[
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _shared() -> list[structlog.typing.Processor]:
    """What is done to every line, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(*, for_people: bool) -> logging.Formatter:
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
