"""Discovery: the providers whose keys are set. Their models are in the table beside this module.

Pure but for that table. It sees which variables are set and never passes a key on.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import urlsplit

from magi_mcp.discovery.findings import Found, chosen, seats_found

_KEY = "_API_KEY"
_ADDRESSES = ("_API_BASE", "_BASE_URL")


@dataclass(frozen=True)
class Provider:
    """The variables one of which holds its key, its own host, and the models to ask there."""

    keys: tuple[str, ...]
    host: str
    models: tuple[str, ...]

    def key_in(self, environ: Mapping[str, str]) -> str | None:
        """The variable that holds the key, if any does."""
        return next((key for key in self.keys if environ.get(key, "").strip()), None)

    def detour_in(self, environ: Mapping[str, str]) -> str | None:
        """The variable that leads calls to another server, if any does."""
        names = (key.removesuffix(_KEY) + suffix for key in self.keys for suffix in _ADDRESSES)
        return next((name for name in names if self._is_elsewhere(environ.get(name, ""))), None)

    def _is_elsewhere(self, address: str) -> bool:
        if not address.strip():
            return False
        try:
            host = urlsplit(address.strip()).hostname or ""
        except ValueError:
            return True
        return host != self.host and not host.endswith(f".{self.host}")


@cache
def providers() -> tuple[Provider, ...]:
    """The table, in the order in which models are taken from it."""
    table = files("magi_mcp.discovery").joinpath("providers.tsv").read_text(encoding="utf-8")
    lines = [line for line in table.splitlines() if not line.startswith("#")]
    return tuple(
        Provider(tuple(row["keys"].split()), row["host"], tuple(row["models"].split()))
        for row in csv.DictReader(lines, delimiter="\t")
    )


def found_by_keys(environ: Mapping[str, str]) -> Found:
    """Seats from the providers whose keys are set.

    A key whose calls another server gets (`OPENAI_API_BASE` and the like) says nothing of the
    models there, and is passed over.
    """
    passed_over = list(_passed_over(environ))
    reached = {
        model: key
        for provider in providers()
        if (key := provider.key_in(environ)) and not provider.detour_in(environ)
        for model in provider.models
    }
    models = chosen(list(reached))
    if not models:
        every = ", ".join(provider.keys[0] for provider in providers())
        none = "is of use" if passed_over else "is set"
        return Found(
            (), " ".join((f"Looked for: a key, of which none {none} ({every}).", *passed_over))
        )
    keys = " and ".join(dict.fromkeys(reached[model] for model in models))
    found = seats_found(models, keys)
    return Found(found.seats, " ".join((found.told, *passed_over)))


def _passed_over(environ: Mapping[str, str]) -> Iterator[str]:
    for provider in providers():
        key, detour = provider.key_in(environ), provider.detour_in(environ)
        if key and detour:
            yield (
                f"{key} was passed over: {detour} leads to another server, whose models are "
                "not known."
            )
