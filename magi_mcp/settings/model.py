"""Settings: what can be configured, as frozen values, and what each value has to be.

Pure. It must not know where values come from. It is quick to import, so that whoever only
passes settings on does not pay for reading them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from magi_mcp.core.case import (
    MAX_SEATS,
    METHODS,
    PROTOCOLS,
    Limits,
    MethodName,
    ProtocolName,
)
from magi_mcp.core.errors import unknown_name
from magi_mcp.core.frozen import Frozen
from magi_mcp.languages import DEFAULT, fault_of_language
from magi_mcp.seat_strings import fault_of_model, fault_of_name, first_repeat
from magi_mcp.settings.errors import shortened

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error", "critical"]

_DEFAULT_LIMITS = Limits()


def _unfit_because(fault: str) -> PydanticCustomError:
    return PydanticCustomError("unfit", "{fault}", {"fault": fault})


def _unfit(what: str) -> PydanticCustomError:
    return PydanticCustomError("unfit", "is not {what}", {"what": what})


def _expecting(what: str) -> WrapValidator:
    """Say whatever pydantic finds wrong with a value in one phrase: "... is not `what`"."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        if isinstance(value, bool):  # pydantic would take `true` for the number 1
            raise _unfit(what)
        try:
            return handler(value)
        except ValidationError as error:
            raise _unfit(what) from error

    return WrapValidator(check)


def _one_of(kind: str, names: Sequence[str]) -> WrapValidator:
    """Say which names there are, whatever else is given."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        if not isinstance(value, str):
            raise _unfit(f"the name of a {kind}")
        if value not in names:
            problem = unknown_name(kind, shortened(value), names).problem
            raise PydanticCustomError("unknown", "{problem}", {"problem": problem})
        return handler(value)

    return WrapValidator(check)


def _language(text: str) -> str:
    fault = fault_of_language(text)
    if fault is not None:
        raise _unfit_because(fault)
    return text


def _seat_name(name: str) -> str:
    _raise_fault(fault_of_name(name))
    return name


def _model_string(model: str) -> str:
    _raise_fault(fault_of_model(model))
    return model


def _raise_fault(fault: str | None) -> None:
    if fault is not None:
        raise PydanticCustomError("malformed", "{fault}", {"fault": fault})


_Stripped = Annotated[str, StringConstraints(strip_whitespace=True)]
_NotBlank = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

Seconds = Annotated[
    float,
    Field(gt=0, allow_inf_nan=False),
    _expecting("a number of seconds greater than 0"),
]
Voices = Annotated[
    int,
    Field(ge=1, le=MAX_SEATS),
    _expecting(f"a whole number from 1 to {MAX_SEATS}"),
]
PresetName = Annotated[_NotBlank, _expecting("the name of a preset of personas, or 'none'")]
PersonaText = Annotated[_NotBlank, _expecting("the name of a persona or a text of your own")]
FolderPath = Annotated[_NotBlank, _expecting("the path of a folder of prompt templates")]
Trust = Annotated[float, Field(allow_inf_nan=False), _expecting("a number")]
FamilyName = Annotated[_NotBlank, _expecting("the name of a model family, such as 'openai'")]
StoreUrl = Annotated[
    _NotBlank,
    _expecting("the path or address of a store, such as 'sqlite:///path/dossiers.sqlite3'"),
]
LogLevelName = Annotated[
    LogLevel,
    _expecting(f"a log level: {', '.join(get_args(LogLevel))}"),
]
Protocol = Annotated[ProtocolName, _one_of("protocol", PROTOCOLS)]
Method = Annotated[MethodName, _one_of("method", METHODS)]
# `_expecting` stands inside, so that it answers for the type and the grammar for the rest.
Language = Annotated[
    Annotated[_Stripped, _expecting("the name of a language, such as 'German' or 'de'")],
    AfterValidator(_language),
]
SeatName = Annotated[
    Annotated[_Stripped, _expecting("the name of a seat")], AfterValidator(_seat_name)
]
ModelString = Annotated[
    Annotated[_Stripped, _expecting("a model string, such as 'openai/gpt-4o-mini'")],
    AfterValidator(_model_string),
]


class SeatSettings(Frozen):
    """One `[[seats]]` table. `persona` is one of the preset's by name, or a text of its own."""

    name: SeatName | None = None
    model: ModelString
    persona: PersonaText | None = None
    family: FamilyName | None = None
    trust: Trust = 0.0


class ArbiterSettings(Frozen):
    """The `[arbiter]` table: a stronger model, asked only where the council splits."""

    model: ModelString


class LimitSettings(Frozen):
    """The `[limits]` table: seconds for one model call and for a deliberation, least voices."""

    timeout_s: Seconds = _DEFAULT_LIMITS.timeout_s
    deadline_s: Seconds = _DEFAULT_LIMITS.deadline_s
    min_voices: Voices = _DEFAULT_LIMITS.min_voices


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


def _not_too_many(seats: tuple[SeatSettings, ...]) -> tuple[SeatSettings, ...]:
    if len(seats) > MAX_SEATS:
        raise PydanticCustomError(
            "too_many",
            "{given} given; a council has at most {most}",
            {"given": len(seats), "most": MAX_SEATS},
        )
    return seats


SeatTables = Annotated[
    tuple[SeatSettings, ...],
    AfterValidator(_not_too_many),
    AfterValidator(_distinct_names),
]


class Choices(Frozen):
    """Everything that can be configured. `seats` is empty where none is.

    `method` is that of questions that name none and give no options; a relative
    `prompts_dir` starts from the folder of the file that sets it.
    """

    personas: PresetName = "eva"
    method: Method = "majority"
    protocol: Protocol = "adaptive"
    language: Language = DEFAULT
    prompts_dir: FolderPath | None = None
    seats: SeatTables = ()
    arbiter: ArbiterSettings | None = None
    limits: LimitSettings = LimitSettings()
    store: StoreSettings = StoreSettings()
    log_level: LogLevelName = "warning"


class Settings(Choices):
    """The configuration in force, and how it came about.

    `sources` gives for each key that was set ("limits.timeout_s", "seats") the file and line,
    variable or flag it was taken from; a key that is absent has its default. `warnings` are
    for the user's eyes. `user_file` is where the user's own configuration lies, or would lie.
    """

    sources: Mapping[str, str] = {}
    warnings: tuple[str, ...] = ()
    user_file: Path
