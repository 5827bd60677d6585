"""Seats: how long a provider wants to be left alone. Pure; the time is passed in."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]+)?")


def retry_after_s(header: str | None, now: float) -> float | None:
    """Seconds from ``now`` (since the epoch) until the moment a Retry-After header names.

    It may hold seconds or an HTTP date (RFC 9110, section 10.2.3). A moment that is past is
    0 seconds away; None where there is no header, or one that makes no sense.
    """
    if header is None:
        return None
    said = header.strip()
    if _SECONDS.fullmatch(said):
        return max(float(said), 0.0)
    try:
        date = parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return None
    # A date in UTC may be written so that the parser takes it for one without a zone.
    moment = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(moment.timestamp() - now, 0.0)
