"""Settings: what can be configured, as frozen tables.

Pure. It must not know where values come from. It is quick to import, so that whoever only
passes settings on does not pay for reading them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, PlainValidator, TypeAdapter
from pydantic_core import PydanticCustomError

from magi_mcp.core.case import MAX_SEATS, Limits
from magi_mcp.core.frozen import Frozen
from magi_mcp.languages import DEFAULT
from magi_mcp.seat_strings import MAX_FALLBACKS, first_repeat
from magi_mcp.settings.access import ApiBase, ExtraBody, VariableName
from magi_mcp.settings.serving import OidcSettings, ServerSettings
from magi_mcp.settings.values import (
    Count,
    Dollars,
    FamilyName,
    FolderPath,
    Language,
    LogLevelName,
    Method,
    ModelPattern,
    ModelString,
    PersonaText,
    PresetName,
    Protocol,
    RootFolder,
    SeatName,
    Seconds,
    StoreUrl,
    Temperature,
    Trust,
    Voices,
    YesOrNo,
    listed,
)

_DEFAULT_LIMITS = Limits()


class CandidateSettings(Frozen):
    """A model and how it is reached; None leaves that to the provider's usual ways.

    `family` overrides who is taken to have trained it.
    """

    model: ModelString
    api_base: ApiBase | None = None
    api_key_env: VariableName | None = None
    temperature: Temperature | None = None
    max_tokens: Count | None = None
    extra_body: ExtraBody = Field(default_factory=dict)
    family: FamilyName | None = None


_model_string: TypeAdapter[str] = TypeAdapter(ModelString)


def _fallback(value: object) -> str | CandidateSettings:
    if isinstance(value, CandidateSettings | dict):
        return CandidateSettings.model_validate(value)
    return _model_string.validate_python(value)


Fallback = Annotated[str | CandidateSettings, PlainValidator(_fallback)]
"""A model string, which takes over what it may (decision 0016), or a table of its own."""


def _not_more_than(most: int, what: str) -> AfterValidator:
    def check(items: tuple[object, ...]) -> tuple[object, ...]:
        if len(items) > most:
            problem = f"{len(items)} given; {what} has at most {most}"
            raise PydanticCustomError("too_many", "{problem}", {"problem": problem})
        return items

    return AfterValidator(check)


Fallbacks = Annotated[
    tuple[Fallback, ...],
    _not_more_than(MAX_FALLBACKS, "a seat"),
    listed("a list of model strings or tables"),
]
Substitutes = Annotated[
    tuple[Fallback, ...],
    _not_more_than(MAX_SEATS, "a council"),
    listed("a list of model strings or tables"),
]


class ServedSettings(CandidateSettings):
    """Who serves a place on the council: a model, and those that are tried where it fails."""

    fallbacks: Fallbacks = ()


class SeatSettings(ServedSettings):
    """One `[[seats]]` table. `persona` is one of the preset's by name, or a text of its own."""

    name: SeatName | None = None
    persona: PersonaText | None = None
    trust: Trust = 0.0


class ArbiterSettings(ServedSettings):
    """The `[arbiter]` table: a stronger model, asked only where the council splits."""


class LimitSettings(Frozen):
    """The `[limits]` table: what a caller's own limits may lower but not exceed.

    Of one deliberation: seconds for a model call and for the whole, the least voices, tokens
    (in and out together), US dollars, and whether a settled round may close early. Of all
    deliberations of a UTC day: tokens and US dollars. Of the process: calls at once, to all
    providers and to each. Of a call of a tool: how long it may wait. None is no bound.
    """

    timeout_s: Seconds = _DEFAULT_LIMITS.timeout_s
    deadline_s: Seconds = _DEFAULT_LIMITS.deadline_s
    min_voices: Voices = _DEFAULT_LIMITS.min_voices
    max_cost_usd: Dollars | None = 1.0
    max_tokens: Count | None = None
    early_close: YesOrNo = _DEFAULT_LIMITS.early_close
    max_cost_usd_per_day: Dollars | None = None
    max_tokens_per_day: Count | None = None
    max_concurrent_calls: Count = 16
    max_concurrent_calls_per_provider: Count | None = None
    max_wait_s: Seconds = 50.0


class StoreSettings(Frozen):
    """The `[store]` table; no `url` means a file in the user's data directory."""

    url: StoreUrl | None = None


def _distinct_names(seats: tuple[SeatSettings, ...]) -> tuple[SeatSettings, ...]:
    index = first_repeat([seat.name for seat in seats])
    if index is not None:
        raise PydanticCustomError(
            "repeated_name",
            "the name {name} is already taken by a seat before",
            {"name": repr(seats[index].name), "index": index},
        )
    return seats


SeatTables = Annotated[
    tuple[SeatSettings, ...],
    _not_more_than(MAX_SEATS, "a council"),
    AfterValidator(_distinct_names),
]
AllowedModels = Annotated[
    tuple[ModelPattern, ...],
    listed("a list of model strings, in which '*' stands for any characters"),
]

Roots = Annotated[tuple[RootFolder, ...], listed("a list of folders")]


class Choices(Frozen):
    """Everything that can be configured. `seats` is empty where none is.

    `method` is that of questions that name none and give no options; a relative `prompts_dir`
    starts from the folder of the file that sets it. `substitutes` stand in for seats all of
    whose models have failed. `allowed_models` is what callers may name beyond the models that
    are configured, `roots` the folders whose files they may give.
    """

    personas: PresetName = "eva"
    method: Method = "majority"
    protocol: Protocol = "adaptive"
    language: Language = DEFAULT
    prompts_dir: FolderPath | None = None
    seats: SeatTables = ()
    arbiter: ArbiterSettings | None = None
    substitutes: Substitutes = ()
    allowed_models: AllowedModels = ()
    roots: Roots = ()
    limits: LimitSettings = LimitSettings()
    store: StoreSettings = StoreSettings()
    server: ServerSettings = ServerSettings()
    oidc: OidcSettings | None = None
    log_level: LogLevelName = "warning"


class Settings(Choices):
    """The configuration in force, and how it came about.

    `sources` gives for each key that was set ("limits.timeout_s", "seats") the file and line,
    variable or flag it was taken from; a key that is absent has its default. `places` gives
    the same for the keys within these ("seats[1].model"). `warnings` are for the user's eyes.
    `user_file` is where the user's own configuration lies, or would lie.
    """

    sources: Mapping[str, str] = {}
    places: Mapping[str, str] = {}
    warnings: tuple[str, ...] = ()
    user_file: Path
