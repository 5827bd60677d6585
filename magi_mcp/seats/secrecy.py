"""Seats: nothing secret leaves. Providers quote keys and headers in their error messages.

Pure. It knows neither providers nor where the line it makes is going to be written.
"""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from magi_mcp.core.normal_form import one_line

MAX_CHARS = 300

_HIDDEN = "***"
_SHORTEST = 6
_TELLING = 8
_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL", re.IGNORECASE)
_REST_OF_KEY = r"[\w.~+/=%*…-]*"

# What has the shape of a key, or stands where one does, wherever it comes from.
_KEYS = re.compile(
    r"\b(?:sk|pk|rk|gsk|xai|hf|ghp|pplx|nvapi)[-_][\w-]{8,}|\bAIza[\w-]{20,}|\bAKIA[A-Z0-9]{12,}"
)
_PLACES = re.compile(
    r"""
    ( \b(?:bearer|basic)\s+(?=\S*\d)          # prose goes on with words
    | \b[\w-]*api-key["']?\s*:\s*["']?
    | [?&](?:key|api_key|token|access_token)=
    | ://(?=[^\s/]*@)
    ) [^\s"',&@]+
    """,
    re.VERBOSE | re.IGNORECASE,
)


class Redactor:
    """Makes one line of a text that is safe to journal and to show.

    Removed is every value of an environment variable that is named like a secret, of
    whichever provider, or that is guarded by name, also where it is escaped or cut short; and
    whatever has the shape of one, because it may come from elsewhere.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._guarded: set[str] = set()

    def guard(self, variable: str) -> None:
        """From now on the value of this environment variable is removed, whatever its name."""
        self._guarded.add(variable)

    def __call__(self, text: str) -> str:
        """At most ``MAX_CHARS`` characters of ``text`` on one line, secrets replaced by ``***``."""
        # One line first: characters that cannot be seen could part a key, and then vanish.
        line = one_line(text)
        for pattern in self._patterns():
            line = pattern.sub(_HIDDEN, line)
        line = _PLACES.sub(rf"\1{_HIDDEN}", _KEYS.sub(_HIDDEN, line))
        return line if len(line) <= MAX_CHARS else f"{line[: MAX_CHARS - 1]}…"

    def _patterns(self) -> Iterator[re.Pattern[str]]:
        """Patterns of the secrets there are now, the longest first: one may begin another."""
        named = (
            value
            for name, value in self._environ.items()
            if name in self._guarded or _NAMES.search(name)
        )
        values = {value for value in map(one_line, named) if len(value) >= _SHORTEST}
        for value in sorted(values, key=len, reverse=True):
            forms = {value, quote(value, safe=""), json.dumps(value)[1:-1]}
            yield re.compile("|".join(map(re.escape, sorted(forms))))
            beginning = value[:_TELLING]
            if len(value) >= 2 * _TELLING and re.fullmatch(r"[\w-]+", beginning):
                # Some providers quote the beginning of a key, with dots or stars for the rest.
                yield re.compile(re.escape(beginning) + _REST_OF_KEY)
