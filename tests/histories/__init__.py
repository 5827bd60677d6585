"""Recorded journals, one for each released procedure: replay is a promise (architecture).

A journal here is never edited. Where a test of it fails, the change broke deliberations that
people have in their stores: add a version in ``methods``, keep the old procedure beside the new
one, and record a journal of the new one with ``uv run python -m tests.histories.recording``.
"""

from pathlib import Path

from magi_mcp.core.events import Entry

FOLDER = Path(__file__).parent


def path_of(procedure: str, variant: str | None = None) -> Path:
    """Where the journal of a procedure lies: ``yes_no/vote@1`` -> ``yes_no-vote@1.jsonl``.

    A further journal of the same procedure has its variant behind a plus sign.
    """
    suffix = f"+{variant}" if variant else ""
    return FOLDER / f"{procedure.replace('/', '-')}{suffix}.jsonl"


def read(path: Path) -> list[Entry]:
    """The entries of a recorded journal: JSON Lines, one entry a line."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Entry.model_validate_json(line) for line in lines if line]
