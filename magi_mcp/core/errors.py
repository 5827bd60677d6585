"""Core: the error tree.

::

    MagiError
     +-- CallerError          the caller can mend it: argument, value, what is valid
     |    +-- UnknownDossier    no dossier goes by that reference
     |    +-- NoSeats           nobody to ask: no seat is configured
     |    +-- QuotaReached      too many deliberations in an hour
     +-- StoreError           the store cannot be opened, read or written
     +-- CaseConflict         somebody else wrote to this deliberation
     +-- ProcedureError       a fault of ours inside a procedure or its driver
          +-- ReplayDivergence  a journal does not match the procedure it names

Failures of the world (a time-out, a refused key) are not exceptions: they are
:class:`magi_mcp.core.replies.Failed` values in the journal.
"""

from collections.abc import Iterable
from difflib import get_close_matches

MAX_QUOTED_CHARS = 60


class MagiError(Exception):
    """Base of every error this package raises on purpose."""


class CallerError(MagiError):
    """Something the caller can mend; its text is safe to show and says how.

    ``argument`` is the name the caller used, ``problem`` says what is wrong with its value
    and what would be right.
    """

    def __init__(self, argument: str, problem: str) -> None:
        super().__init__(f"{argument}: {problem}")
        self.argument = argument
        self.problem = problem


class UnknownDossier(CallerError):
    """No dossier in the store goes by the reference that was given."""

    def __init__(self, reference: str) -> None:
        super().__init__(
            "dossier_id",
            "'latest' names no dossier in this store: there is none that you could read."
            if reference == "latest"
            else f"{quoted(reference)} names no dossier in this store; give a full id, its last 8 "
            "characters, or 'latest'.",
        )


class NoSeats(CallerError):
    """There is nobody to ask: no seat is configured or given, or none that could answer here."""

    def __init__(self, mend: str) -> None:
        super().__init__("seats", mend)


class QuotaReached(CallerError):
    """As many deliberations as one principal may open in an hour have been opened.

    ``free_in_s`` is the number of seconds until the next may be.
    """

    def __init__(self, per_hour: int, free_in_s: int) -> None:
        super().__init__(
            "deliberations",
            f"{per_hour} were opened in the last hour, and this server allows no more; the next "
            f"may be opened in {free_in_s} s. Those there are can be read meanwhile.",
        )
        self.free_in_s = free_in_s


class StoreError(MagiError):
    """The store cannot be used; the text names it, the cause and the way out."""


class CaseConflict(MagiError):
    """The place in the journal that was to be written is already taken.

    ``dossier_id`` names the deliberation, ``expected_seq`` the last entry known to the writer.
    """

    def __init__(self, dossier_id: str, expected_seq: int) -> None:
        super().__init__(f"{dossier_id}: entry {expected_seq + 1} was written by somebody else")
        self.dossier_id = dossier_id
        self.expected_seq = expected_seq


class ProcedureError(MagiError):
    """A fault in this program; shown to callers only as an internal error."""


class ReplayDivergence(ProcedureError):
    """The journal records a step that the procedure would not have taken.

    ``step`` names the first step at which they differ.
    """

    def __init__(self, step: str, recorded: str, replayed: str) -> None:
        super().__init__(f"at {step}: the journal has {recorded}, the procedure {replayed}")
        self.step = step
        self.recorded = recorded
        self.replayed = replayed


def unwrapped(error: BaseException) -> BaseException:
    """The one error inside the groups that task groups wrap around it; of several, their group."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def unknown_name(argument: str, value: str, valid: Iterable[str]) -> CallerError:
    """The error for a name outside a closed set: names the value, its neighbour, the set."""
    names = list(valid)
    near = get_close_matches(value[:MAX_QUOTED_CHARS].casefold(), names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    valid_names = f"Valid: {', '.join(names)}." if names else "There is none yet."
    problem = f"{quoted(value)} is not known.{hint} {valid_names}"
    return CallerError(argument, problem)


def quoted(value: str) -> str:
    """A caller's value as an error repeats it: in quotes, and never longer than a line."""
    return repr(value if len(value) <= MAX_QUOTED_CHARS else f"{value[:MAX_QUOTED_CHARS]}…")
