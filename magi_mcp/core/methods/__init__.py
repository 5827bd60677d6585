"""Core: the methods, one file each: what is asked, and how the ballots are counted."""

from magi_mcp.core.case import METHODS, MethodName
from magi_mcp.core.methods.base import Method
from magi_mcp.core.methods.majority import Majority
from magi_mcp.core.methods.options import Options
from magi_mcp.core.methods.yes_no import YesNo

_METHODS: dict[MethodName, Method] = {
    "yes_no": YesNo(),
    "options": Options(),
    "majority": Majority(),
}
assert set(_METHODS) == set(METHODS)


def method_named(name: MethodName) -> Method:
    """The method of that name."""
    return _METHODS[name]
