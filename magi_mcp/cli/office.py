"""CLI: where commands get their council from. Quick to import, for the server starts here too.

Every command takes its council from one function, so that tests can seat another one.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from magi_mcp.cli.faults import store_cannot_be_opened
from magi_mcp.core.errors import StoreError

if TYPE_CHECKING:
    from magi_mcp.doctor.diagnosis import Diagnosis
    from magi_mcp.service import Council
    from magi_mcp.settings import Settings

QUIET = "critical"
"""What a command logs unless it is told otherwise: it tells its errors itself."""


@dataclass(frozen=True)
class Flags:
    """What every command can be told about its configuration; None for a flag not given."""

    store: str | None = None
    config: Path | None = None

    def arguments(self) -> list[str]:
        """The same flags as arguments of another command."""
        return [
            *(["--store", self.store] if self.store is not None else []),
            *(["--config", str(self.config)] if self.config is not None else []),
        ]


CouncilOpener = Callable[[Flags], AbstractAsyncContextManager["Council"]]
"""Opens the council that the flags describe, for as long as the block lasts."""


def settings_for(flags: Flags) -> "Settings":
    """The configuration in force. Raises ``ConfigurationError`` for a mistake in it."""
    from magi_mcp.settings import load_settings

    return load_settings(overrides={"store.url": flags.store}, config_file=flags.config)


@asynccontextmanager
async def open_office(flags: Flags) -> AsyncIterator["Council"]:
    """The configured council, for a command. Raises ``CallerError`` for what can be mended."""
    settings = settings_for(flags)
    if "log_level" in settings.sources:
        from magi_mcp.logs import configure_logs

        configure_logs(settings.log_level)
    async with opened(settings) as council:
        yield council


async def examine(flags: Flags) -> "Diagnosis":
    """What is wrong with the configured council; a mistake in the configuration is one finding."""
    from magi_mcp.settings import ConfigurationError
    from magi_mcp.wiring import examine as examined
    from magi_mcp.wiring import not_examined

    try:
        return await examined(settings_for(flags))
    except ConfigurationError as fault:
        return not_examined(fault)


def serve(flags: Flags) -> NoReturn:
    """Serve MCP on stdin and stdout until the client leaves; the process ends here.

    Raises ``CallerError`` where the configuration or the store cannot be used.
    """
    from magi_mcp.server.stdio import serve as serve_on_stdio

    def prepare() -> Callable[[], AbstractAsyncContextManager["Council"]]:
        from magi_mcp.logs import configure_logs

        settings = settings_for(flags)
        configure_logs(settings.log_level)
        return partial(opened, settings)

    serve_on_stdio(prepare)


@asynccontextmanager
async def opened(settings: "Settings") -> AsyncIterator["Council"]:
    """The council of some settings. Raises ``CallerError`` for what can be mended."""
    from magi_mcp.wiring import open_council

    async with AsyncExitStack() as stack:
        try:
            council = await stack.enter_async_context(open_council(settings))
        except StoreError as fault:
            raise store_cannot_be_opened(fault) from fault
        yield council
