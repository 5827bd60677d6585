"""Recorded journals, one for each released procedure: replay is a promise (architecture).

A journal here is never edited. Where a test of it fails, the change broke deliberations that
people have in their stores: raise ``protocols.VERSION``, keep the old procedure beside the new
one, and record a journal of the new one with ``uv run python -m tests.histories.recording``.
"""

from pathlib import Path

from magi_mcp.core.events import Entry

FOLDER = Path(__file__).parent


def path_of(procedure: str) -> Path:
    """Where the journal of a procedure lies: ``yes_no/vote@1`` -> ``yes_no-vote@1.jsonl``."""
    return FOLDER / f"{procedure.replace('/', '-')}.jsonl"


def read(path: Path) -> list[Entry]:
    """The entries of a recorded journal: JSON Lines, one entry a line."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Entry.model_validate_json(line) for line in lines if line]
