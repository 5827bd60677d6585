"""Runtime: news, who is told of every entry that this process has written to any journal."""

from collections.abc import Callable
from dataclasses import dataclass, field

from magi_mcp.core.events import Entry

Listener = Callable[[str, Entry], None]
"""Takes a dossier's id and its newest entry; it must neither wait nor raise."""


@dataclass
class News:
    """Hands entries to whoever listens, once they are durable and in their order."""

    _listeners: dict[object, Listener] = field(default_factory=dict)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` from now on, until what this returns is called."""
        key = object()
        self._listeners[key] = listener
        return lambda: self._listeners.pop(key, None) and None

    def tell(self, dossier_id: str, entry: Entry) -> None:
        """Hand one entry to everybody who listens."""
        for listener in list(self._listeners.values()):
            listener(dossier_id, entry)
