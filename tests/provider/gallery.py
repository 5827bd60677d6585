"""One model for each way of misbehaving, under a telling name.

`python -m tests.provider` serves these when it is given no file, so that any client can be
pointed at a fault by the model's name alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from tests.provider.behaviours import (
    BrokenJson,
    DropBefore,
    DropMidBody,
    Empty,
    ErrorBody,
    Hang,
    HttpDateIn,
    ReasoningOnly,
    Refusal,
    RefusesSchema,
    Replies,
    Say,
    Slow,
    SlowBody,
    Status,
    json_ballot,
)

_BALLOT: Final = json_ballot(
    position="yes",
    argument="The rehearsal went through.",
    would_flip="A failed rehearsal.",
    confidence=0.7,
    needs="",
)

GALLERY: Final[Mapping[str, Replies]] = MappingProxyType(
    {
        "fine": _BALLOT,
        "no-usage": Say("Yes.", usage="absent"),
        "cut-short": Say("Yes, bec", finish_reason="length"),
        "chatter": Say("Well, that rather depends, does it not?"),
        "refuses-schema": RefusesSchema(_BALLOT),
        "empty": Empty(),
        "null-content": Empty(content=None),
        "reasoning-only": ReasoningOnly(_BALLOT.text),
        "refusal": Refusal(),
        "rate-limited": Status.rate_limited(retry_after=1),
        "rate-limited-until": Status.rate_limited(retry_after=HttpDateIn(2)),
        "rate-limited-once": (Status.rate_limited(retry_after=1), _BALLOT),
        "quota-spent": Status.quota_spent(),
        "server-error": Status.server_error(),
        "fails-twice": (Status.server_error(), Status.server_error(), _BALLOT),
        "overloaded": Status.overloaded(),
        "unauthorized": Status.unauthorized(),
        "withdrawn": Status.model_withdrawn("withdrawn"),
        "context-too-long": Status.context_too_long(),
        "content-refused": Status.content_refused(),
        "no-response-format": Status.response_format_unsupported(),
        "error-body": ErrorBody(),
        "broken-json": BrokenJson(),
        "html": BrokenJson("<html><body>Bad gateway</body></html>", content_type="text/html"),
        "hang": Hang(),
        "drop-before": DropBefore(),
        "reset": DropBefore(reset=True),
        "drop-mid-body": DropMidBody(),
        "slow": Slow(2.0, _BALLOT),
        "slow-body": SlowBody(_BALLOT.text, pause_s=0.25),
    }
)
