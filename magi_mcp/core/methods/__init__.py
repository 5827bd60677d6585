"""Core: the methods, one file each: what is asked, and how the ballots are counted."""

from magi_mcp.core.case import METHODS, MethodName
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.method import Method
from magi_mcp.core.methods.compose import Compose
from magi_mcp.core.methods.consensus import Consensus
from magi_mcp.core.methods.majority import Majority, UnwrittenMajority
from magi_mcp.core.methods.minority import Minority
from magi_mcp.core.methods.options import Options
from magi_mcp.core.methods.probability import ProbabilityMethod
from magi_mcp.core.methods.synthesis import SynthesisMethod
from magi_mcp.core.methods.yes_no import YesNo

_METHODS: dict[MethodName, tuple[Method, ...]] = {
    "yes_no": (YesNo(),),
    "options": (Options(),),
    "probability": (ProbabilityMethod(),),
    "majority": (UnwrittenMajority(), Majority()),
    "consensus": (Consensus(),),
    "minority": (Minority(),),
    "synthesis": (SynthesisMethod(),),
    "compose": (Compose(),),
}
"""Every version of every method, the first one first: recorded journals still replay.

A changed order of asks or a changed rule is a new version; recorded histories keep each.
"""

assert set(_METHODS) == set(METHODS)


def current_version(name: MethodName) -> int:
    """The version under which new cases of a method are recorded."""
    return len(_METHODS[name])


def method_of_version(name: MethodName, version: str) -> Method:
    """A method as it was at a version. Raises ``ProcedureError`` for one unknown here."""
    versions = _METHODS[name]
    if not version.isdecimal() or not 1 <= int(version) <= len(versions):
        raise ProcedureError(
            f"the case was recorded by version {version!r} of the method {name!r}; this program "
            f"knows 1 to {len(versions)}. A newer program can read it."
        )
    return versions[int(version) - 1]
