"""Seats: nothing secret leaves. Providers quote keys and headers in their error messages."""

import re
from collections.abc import Mapping

from magi_mcp.core.normal_form import one_line

_SHORTEST = 6
_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_SHAPES = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|AIza)[-_][\w-]{8,}|\bAIza[\w-]{20,}|(?i:bearer\s+)[\w.~+/=-]{6,}"
)
_MAX_CHARS = 300


class Redactor:
    """Makes one line of an error that is safe to journal and to show.

    Every value of an environment variable that is named like a secret is removed, and so is
    whatever has the shape of a key, because one may come from elsewhere.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        values = {
            value
            for name, value in environ.items()
            if _NAMES.search(name) and len(value) >= _SHORTEST
        }
        self._values = sorted(values, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """At most 300 characters of ``text`` on one line, secrets replaced by ``***``."""
        for value in self._values:
            text = text.replace(value, "***")
        line = one_line(_SHAPES.sub("***", text))
        return line if len(line) <= _MAX_CHARS else f"{line[: _MAX_CHARS - 1]}…"
