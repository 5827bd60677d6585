"""Core: the methods, one file each: what is asked, and how the ballots are counted."""

from magi_mcp.core.case import METHODS, MethodName
from magi_mcp.core.method import Method
from magi_mcp.core.methods.compose import Compose
from magi_mcp.core.methods.consensus import Consensus
from magi_mcp.core.methods.majority import Majority
from magi_mcp.core.methods.minority import Minority
from magi_mcp.core.methods.options import Options
from magi_mcp.core.methods.probability import ProbabilityMethod
from magi_mcp.core.methods.synthesis import SynthesisMethod
from magi_mcp.core.methods.yes_no import YesNo

_METHODS: dict[MethodName, Method] = {
    "yes_no": YesNo(),
    "options": Options(),
    "probability": ProbabilityMethod(),
    "majority": Majority(),
    "consensus": Consensus(),
    "minority": Minority(),
    "synthesis": SynthesisMethod(),
    "compose": Compose(),
}
assert set(_METHODS) == set(METHODS)


def method_named(name: MethodName) -> Method:
    """The method of that name."""
    return _METHODS[name]
