"""Core: the protocols, how long a question is argued; generators composed of rounds."""

from collections.abc import Callable

from magi_mcp.core.case import PROTOCOLS, Case, ProtocolName
from magi_mcp.core.conclusion import Conclusion
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.methods import method_named
from magi_mcp.core.protocols.adaptive import adaptive
from magi_mcp.core.protocols.critique import critique
from magi_mcp.core.protocols.escalate import escalate
from magi_mcp.core.protocols.vote import vote

_PROTOCOLS: dict[ProtocolName, Callable[[Case, Method], Steps[Conclusion]]] = {
    "vote": vote,
    "critique": critique,
    "escalate": escalate,
    "adaptive": adaptive,
}
assert set(_PROTOCOLS) == set(PROTOCOLS)

VERSION = 1
"""Raised whenever the order of asks or a rule changes; recorded histories keep each one."""


def procedure_name(method: str, protocol: str) -> str:
    """The name under which a case records its procedure, e.g. ``yes_no/vote@1``."""
    return f"{method}/{protocol}@{VERSION}"


def open_procedure(case: Case) -> Steps[Conclusion]:
    """The generator of a case's procedure, not yet started.

    Raises ``ProcedureError`` where the case was recorded by a version unknown here.
    """
    known = procedure_name(case.method, case.protocol)
    if case.procedure != known:
        raise ProcedureError(
            f"the case was recorded by the procedure {case.procedure!r}; this program knows "
            f"{known!r}"
        )
    return _PROTOCOLS[case.protocol](case, method_named(case.method))
