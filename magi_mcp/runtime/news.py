"""Runtime: news, who is told of every entry that this process has written or come upon."""

from collections.abc import Callable
from dataclasses import dataclass, field

from magi_mcp.core.case import AnyCase
from magi_mcp.core.events import Entry

Listener = Callable[[AnyCase, Entry], None]
"""Takes a case and the newest entry of its journal; it must neither wait nor raise."""


@dataclass
class News:
    """Hands entries to whoever listens, once they are durable and in their order."""

    _listeners: dict[object, Listener] = field(default_factory=dict)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` from now on, until what this returns is called."""
        key = object()
        self._listeners[key] = listener
        return lambda: self._listeners.pop(key, None) and None

    def tell(self, case: AnyCase, entry: Entry) -> None:
        """Hand one entry to everybody who listens."""
        for listener in list(self._listeners.values()):
            listener(case, entry)
