"""Doctor: the report, as one frozen value with stable keys. What ``doctor --json`` prints.

Pure. Times are epoch seconds, prices USD; None is what is not known.
"""

from collections.abc import Mapping
from typing import Literal

from magi_mcp.checks import SchemaSupport
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.health import BreakerState
from magi_mcp.core.replies import FailureKind

Severity = Literal["error", "warning"]
About = Literal["council", "model", "configuration", "store", "personas", "prompts"]
Role = Literal["model", "fallback", "substitute"]


class Finding(Frozen):
    """Something wrong: where, what, and what to do about it.

    An ``error`` keeps a question from being answered or a seat from answering; a ``warning``
    does not. ``models`` and ``seats`` are whom it concerns; ``place`` is the file and line,
    variable or flag to look at, None where there is none.
    """

    severity: Severity
    about: About
    problem: str
    mend: str
    models: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    place: str | None = None


class Use(Frozen):
    """For whom a model was configured, and where.

    ``seat`` is None for a substitute. ``number`` is that of the fallback or substitute, from 1,
    and 0 for a seat's own model.
    """

    seat: str | None
    role: Role
    number: int
    place: str


class Recent(Frozen):
    """How the calls of the last hour have left a model with whoever asks it."""

    state: BreakerState
    failures: int
    last_outcome: str | None
    last_at: float | None
    paused_until: float | None


class ModelReport(Frozen):
    """One model at one address, tried once. What could not be found out is None.

    ``serves``: it answered, and as fast as a deliberation needs it.
    """

    model: str
    address: str | None
    family: str | None
    used_by: tuple[Use, ...]
    outcome: Literal["answered"] | FailureKind
    detail: str
    reachable: bool | None
    key_valid: bool | None
    exists: bool | None
    json_schema: SchemaSupport | None
    latency_s: float | None
    price_known: bool
    usd_per_token_in: float | None
    usd_per_token_out: float | None
    recent: Recent | None
    serves: bool


class SeatReport(Frozen):
    """One seat, or the arbiter: who is to serve it, and whether anybody can."""

    name: str
    persona: str | None
    model: str
    fallbacks: tuple[str, ...]
    family: str | None
    can_answer: bool


class ConfigurationReport(Frozen):
    """Where each setting in force was set, what was ignored, and how seats were found.

    ``notes`` is what every verdict of these seats will say of them.
    """

    sources: Mapping[str, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    user_file: str | None


class StoreReport(Frozen):
    """The store, as it was found; nothing was changed in it."""

    path: str
    exists: bool
    usable: bool
    version: int | None
    latest_version: int | None
    dossiers: int | None
    size_bytes: int | None


class PersonasReport(Frozen):
    """The presets of personas that can be used."""

    presets: tuple[str, ...]
    in_force: str | None
    user_folder: str


class Versions(Frozen):
    """What runs here."""

    magi_mcp: str
    python: str
    mcp: str
    litellm: str
    platform: str


class Diagnosis(Frozen):
    """Everything that was found. ``healthy``: no finding is an error."""

    schema_version: Literal["1"] = "1"
    healthy: bool
    findings: tuple[Finding, ...]
    models: tuple[ModelReport, ...]
    seats: tuple[SeatReport, ...]
    arbiter: SeatReport | None
    configuration: ConfigurationReport
    store: StoreReport | None
    personas: PersonasReport
    versions: Versions
    elapsed_s: float
