"""A provider that misbehaves on command: the far end of every wire test.

A real OpenAI-compatible HTTP server on loopback. What it answers, how slowly, and how it
fails is set per model name. It knows nothing of the project under test, and serves tests,
benchmarks and people (`python -m tests.provider`) alike.
"""

from tests.provider.behaviours import (
    Behaviour,
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
    TokenCounts,
    json_ballot,
)
from tests.provider.chat import ChatRequest, Message
from tests.provider.gallery import GALLERY
from tests.provider.server import MisbehavingProvider, running_provider
from tests.provider.service import Exchange, Outcome

__all__ = [
    "GALLERY",
    "Behaviour",
    "BrokenJson",
    "ChatRequest",
    "DropBefore",
    "DropMidBody",
    "Empty",
    "ErrorBody",
    "Exchange",
    "Hang",
    "HttpDateIn",
    "Message",
    "MisbehavingProvider",
    "Outcome",
    "ReasoningOnly",
    "Refusal",
    "RefusesSchema",
    "Replies",
    "Say",
    "Slow",
    "SlowBody",
    "Status",
    "TokenCounts",
    "json_ballot",
    "running_provider",
]
