"""CLI: what went wrong, as an exit code and one line for people. Pure, and quick to import.

The exit codes are the contract's ("Command line"). Nobody is shown a traceback; with the log
level ``debug`` it stands in the log.
"""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, assert_never

from magi_mcp.core.errors import (
    CallerError,
    MagiError,
    NoSeats,
    ProcedureError,
    StoreError,
    unwrapped,
)

if TYPE_CHECKING:
    from pydantic import JsonValue

    from magi_mcp.core.verdict import Status

DONE = 0
FAILED = 1
WRONG_USAGE = 2
NO_VERDICT = 3
NO_SEATS = 4
INTERRUPTED = 130

Kind = Literal["usage", "no_seats", "failed", "interrupted", "internal"]

_FLAGS = {
    "question": "QUESTION",
    "context": "--context",
    "follows": "--follow",
    "method": "--method",
    "options": "--option",
    "protocol": "--protocol",
    "max_rounds": "--max-rounds",
    "min_rounds": "--min-rounds",
    "vote_threshold": "--vote-threshold",
    "arbiter": "--arbiter",
    "language": "--language",
    "instructions": "--instructions",
    "rapporteur_prompt": "--rapporteur-prompt",
    "answers": "-a",
    "reference": "--reference",
    "criteria": "--criterion",
    "rubric": "--rubric",
    "pass_threshold": "--pass-threshold",
    "authors": "--author",
    "diff": "--diff",
    "paths": "PATH",
    "format": "--format",
    "fail_on": "--fail-on",
    "min_severity": "--min-severity",
    "prompts_dir": "--prompts",
    "personas": "--personas",
    "seats": "--seat",
    "store": "--store",
    "transport": "--transport",
    "fault": "--fault",
    "fallback": "--fallback",
    "host": "--host",
    "scope": "--scope",
    "name": "NAME",
    "dossier_id": "ID",
}
"""How the arguments of the service are spelled on the command line."""


class BrokenOff(MagiError):
    """A deliberation ended without an end of its own; ``__cause__`` is why.

    ``dossier_id`` names what is kept of it.
    """

    def __init__(self, dossier_id: str) -> None:
        super().__init__(f"the deliberation {dossier_id} broke off")
        self.dossier_id = dossier_id


class Interrupted(MagiError):
    """Ctrl-C ended the work before it had anything to show."""


class OutputLost(MagiError):
    """What a command had to say could not be written; ``cause`` is what the system says of it."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(f"the output could not be written: {cause.strerror or cause}.")


@dataclass(frozen=True)
class Fault:
    """An error as a person or a program is told of it; ``argument`` is the one to mend."""

    kind: Kind
    exit_code: int
    message: str
    argument: str | None = None
    dossier_id: str | None = None

    def as_json(self) -> "dict[str, JsonValue]":
        """What ``--json`` prints in place of a result."""
        return {
            "error": {
                "kind": self.kind,
                "message": self.message,
                "argument": self.argument,
                "dossier_id": self.dossier_id,
                "exit_code": self.exit_code,
            }
        }


def exit_code_of(status: "Status") -> int:
    """The exit code of a command whose result is a deliberation in this state."""
    match status:
        case "decided":
            return DONE
        case "undecided" | "awaiting_replies":
            return NO_VERDICT
        case "failed":
            return FAILED
        case "cancelled" | "interrupted" | "running":
            return INTERRUPTED
        case _:
            assert_never(status)


def fault_of(error: BaseException) -> Fault:
    """What to say of ``error``; a fault of ours is logged, for it is not told in full."""
    match unwrapped(error):
        case KeyboardInterrupt() | Interrupted():
            return Fault("interrupted", INTERRUPTED, "Interrupted.")
        case NoSeats() as none:
            return Fault("no_seats", NO_SEATS, none.problem, "seats")
        case CallerError() as caller:
            return Fault("usage", WRONG_USAGE, _mend(caller), caller.argument)
        case BrokenOff() as broken:
            cause = fault_of(broken.__cause__ or broken)
            kept = f"What had arrived is kept in the dossier {broken.dossier_id}."
            return Fault(cause.kind, FAILED, f"{cause.message} {kept}", None, broken.dossier_id)
        case ProcedureError() | ExceptionGroup() as ours:
            return _internal(ours)
        case MagiError() as known:
            return Fault("failed", FAILED, str(known))
        case unknown:
            return _internal(unknown)


def _mend(error: CallerError) -> str:
    """The error with the argument spelled as on the command line, where it came from there."""
    prefix = f"{error.argument}: "
    text = str(error)
    flag = _FLAGS.get(error.argument)
    return f"{flag}: {text.removeprefix(prefix)}" if flag and text.startswith(prefix) else text


def _internal(error: BaseException) -> Fault:
    logging.getLogger(__name__).debug("internal error", exc_info=error)
    told = " ".join(str(error).split())[:300]
    return Fault(
        "internal",
        FAILED,
        f"Internal error, a fault in magi-mcp: {type(error).__name__}: {told}. "
        "MAGI_LOG_LEVEL=debug shows where.",
    )


def store_cannot_be_opened(error: StoreError) -> CallerError:
    """A store that cannot be opened is wrong configuration; one that breaks later is not."""
    return CallerError("store", str(error))
