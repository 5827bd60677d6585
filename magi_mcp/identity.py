"""Edge: the identities and the time that the core takes as inputs."""

import os
import secrets
import socket
import time
from uuid import UUID


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()


def new_dossier_id(now: float) -> str:
    """A UUIDv7 (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random ones.

    Ids sort by the time they were made, which is what lists and cursors rely on.
    """
    milliseconds = int(now * 1000) & (1 << 48) - 1
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return str(UUID(int=value))


def new_owner() -> str:
    """A name for this process, unlike that of any other: host, process id, random digits."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
