"""Server: the addresses of resources, and what a dossier's address is made of. Pure."""

from typing import Final

from magi_mcp.core.dossier import dossier_uri, short_id

COUNCIL: Final = "magi://council"
INDEX: Final = "magi://dossiers"
PERSONAS: Final = "magi://personas"
FIXED: Final = (INDEX, COUNCIL, PERSONAS)

REPORT: Final = "magi://dossiers/{dossier_id}"
VERDICT: Final = "magi://dossiers/{dossier_id}/verdict"
MINORITY: Final = "magi://dossiers/{dossier_id}/minority"
TRANSCRIPT: Final = "magi://dossiers/{dossier_id}/transcript"
EVENTS: Final = "magi://dossiers/{dossier_id}/events"
PRESET: Final = "magi://personas/{preset}"
OF_DOSSIERS: Final = (REPORT, VERDICT, MINORITY, TRANSCRIPT, EVENTS)


def addresses_of(dossier_id: str) -> list[str]:
    """Every address that shows a dossier, by its id and by the last 8 characters of it."""
    return [
        template.replace(REPORT, dossier_uri(name))
        for name in (dossier_id, short_id(dossier_id))
        for template in OF_DOSSIERS
    ]


def dossier_named_in(uri: str) -> str | None:
    """The name by which an address means a dossier; None where it is no such address."""
    for template in OF_DOSSIERS:
        before, _, after = template.partition("{dossier_id}")
        name = uri.removeprefix(before).removesuffix(after)
        if uri == f"{before}{name}{after}" and name and "/" not in name:
            return name
    return None
