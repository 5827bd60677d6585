"""A council of language models that answers hard questions and keeps its disagreement.

As a library; ``await decided(Request("Ship on Friday?", method="yes_no"))`` is the report:

    async def decided(request: Request) -> str:
        async with open_council(load_settings()) as council:
            sitting = await council.put(request)
            dossier = await sitting.wait()
        return f"{verdict_of(dossier).ruling}: {markdown(dossier)}"

Every name is imported when it is first used: a server that is started anew for every window
does not pay for what it does not need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from magi_mcp.convening import Request
    from magi_mcp.core.dossier import Dossier
    from magi_mcp.core.errors import CallerError, MagiError
    from magi_mcp.core.report import markdown
    from magi_mcp.core.result import verdict_of
    from magi_mcp.core.verdict import Verdict
    from magi_mcp.service import Council
    from magi_mcp.settings import Settings, load_settings
    from magi_mcp.wiring import open_council

    __version__: str

__all__ = [
    "CallerError",
    "Council",
    "Dossier",
    "MagiError",
    "Request",
    "Settings",
    "Verdict",
    "__version__",
    "load_settings",
    "markdown",
    "open_council",
    "verdict_of",
]

_HOMES = {
    "CallerError": "core.errors",
    "Council": "service",
    "Dossier": "core.dossier",
    "MagiError": "core.errors",
    "Request": "convening",
    "Settings": "settings",
    "Verdict": "core.verdict",
    "load_settings": "settings",
    "markdown": "core.report",
    "open_council": "wiring",
    "verdict_of": "core.result",
}
"""The module of the package in which each public name is defined."""


def __getattr__(name: str) -> object:
    if name == "__version__":
        return import_module("importlib.metadata").version("magi-mcp")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
