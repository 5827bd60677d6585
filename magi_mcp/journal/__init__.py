"""Journal: where the events of deliberations are kept. Adapters of ``ports.JournalPort``.

======================  ===========================================================
:mod:`.memory`          for one process, nothing outlives it
:mod:`.sqlite`          one file, shared by any number of processes of this machine
======================  ===========================================================

Both keep the same promises, written down in :mod:`.rules` and tested by one battery.
Knows the core and the ports; neither procedures nor who reads a dossier.
"""

from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.journal.sqlite import SqliteJournal

__all__ = ["MemoryJournal", "SqliteJournal"]
