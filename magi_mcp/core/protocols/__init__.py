"""Core: the protocols, how long a question is argued; generators composed of rounds."""

from collections.abc import Callable

from magi_mcp.core.case import PROTOCOLS, Case, MethodName, ProtocolName
from magi_mcp.core.conclusion import Conclusion
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.method import Method, Steps
from magi_mcp.core.methods import current_version, method_of_version
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


def procedure_name(method: MethodName, protocol: ProtocolName) -> str:
    """The name under which a case records its procedure, e.g. ``yes_no/vote@1``."""
    return f"{method}/{protocol}@{current_version(method)}"


def deliberation_procedure(case: Case) -> Steps[Conclusion]:
    """The generator of a deliberation, not yet started.

    Raises ``ProcedureError`` where the case was recorded by a version unknown here.
    """
    named, _, version = case.procedure.partition("@")
    if named != f"{case.method}/{case.protocol}":
        raise ProcedureError(f"the case names the procedure {case.procedure!r}, not its own")
    return _PROTOCOLS[case.protocol](case, method_of_version(case.method, version))
