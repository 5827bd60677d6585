"""CLI: a seat of the demonstration whose model fails on purpose, in words and as a seat string.

Pure; quick to import. What the council makes of it is none of its business.
"""

from dataclasses import dataclass

from magi_mcp.core.errors import CallerError, unknown_name
from magi_mcp.core.words import seat_title
from magi_mcp.seats.failing import FAULT_KINDS, failing_model

VICTIM = "casper"
"""The seat that is struck: in the sample question its vote decides."""
KINDS: tuple[str, ...] = FAULT_KINDS
"""The ways in which its model can be made to fail."""


@dataclass(frozen=True)
class Mishap:
    """One seat's model fails in every round, in the way that ``kind`` names."""

    kind: str
    fallback: bool

    def model(self, seat: str, healthy: str) -> str:
        """The models of a seat, as ``MAGI_SEATS`` takes them, where ``healthy`` serves others."""
        if seat != VICTIM:
            return healthy
        failing = failing_model(self.kind)
        return f"{failing}|{healthy}" if self.fallback else failing

    def __str__(self) -> str:
        behind = (
            "A fallback speaks in its place."
            if self.fallback
            else "Nobody speaks in its place; with --fallback somebody would."
        )
        return f"{seat_title(VICTIM)}'s model fails on purpose, every time ({self.kind}). {behind}"


def mishap_of(kind: str | None, *, fallback: bool) -> Mishap | None:
    """The mishap that the flags ask for, if any. Raises ``CallerError`` for what cannot be."""
    if kind is None:
        if fallback:
            raise CallerError("fallback", "it stands in for a model that fails; add --fault KIND.")
        return None
    if kind not in KINDS:
        raise unknown_name("fault", kind, KINDS)
    return Mishap(kind, fallback)
