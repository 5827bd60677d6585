"""Checks: what adapters tell of the models and the store before anybody relies on them.

Layer: beside the ports; values and protocols. Knows the core and nothing else; it judges
nothing, which is the doctor's part.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from magi_mcp.core.accounts import RecordedAttempt
from magi_mcp.core.case import Candidate
from magi_mcp.core.replies import FailureKind

SchemaSupport = Literal["supported", "ignored", "unsupported"]
"""Whether a reply keeps to a JSON schema that is demanded: it does, it does not although the
demand was accepted, or the demand is refused."""


EMPTY = "an empty reply"
"""The detail of an answer in which nothing stands."""


@dataclass(frozen=True)
class Probed:
    """What one real, tiny call told of a model; None is what it did not get to know.

    ``detail`` is one line without secrets. ``provider`` is None where nobody knows one of that
    name. ``address`` is where the call went, without credentials, as far as that is known, and
    ``address_env`` the variable that says so; ``key_env`` is the variable that holds the key,
    or would have to.
    ``spent`` says that the account is out of credit. ``known_models`` are the model strings
    that would have led somewhere, given for one that did not; ``listed_there`` says that they
    are what the address itself offers, and not merely what is known of the provider.
    """

    outcome: Literal["answered"] | FailureKind
    detail: str = ""
    provider: str | None = None
    address: str | None = None
    address_env: str | None = None
    key_env: str | None = None
    elapsed_s: float | None = None
    json_schema: SchemaSupport | None = None
    usd_per_token_in: float | None = None
    usd_per_token_out: float | None = None
    retry_after_s: float | None = None
    spent: bool = False
    known_models: tuple[str, ...] = ()
    listed_there: bool = False

    @property
    def price_known(self) -> bool:
        """Whether both ways have a list price, zero included."""
        return self.usd_per_token_in is not None and self.usd_per_token_out is not None


class Prober(Protocol):
    """Whoever can try a model."""

    async def probe(self, candidate: Candidate, timeout_s: float) -> Probed:
        """Make one tiny call, and where a JSON schema is refused a second one without it.

        Ends within ``timeout_s`` seconds. Never raises for a fault of the model's.
        """


@dataclass(frozen=True)
class StoreState:
    """A store as it lies there, looked at without changing it.

    ``version`` is that of its tables, ``latest`` the one this program makes; ``fault`` says in
    words for people what keeps it from being used, and how to mend that.
    """

    path: str
    exists: bool
    writable: bool
    version: int | None = None
    latest: int | None = None
    dossiers: int | None = None
    size_bytes: int | None = None
    fault: str | None = None


@dataclass(frozen=True)
class StoreLook:
    """A store as it lies there, and the calls that it tells of since some moment, in order."""

    state: StoreState
    attempts: tuple[RecordedAttempt, ...] = ()
