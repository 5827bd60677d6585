"""Settings: what single values have to be, as types that say what is wrong in one phrase.

Pure. It must not know which key has which type, nor where values come from. Errors of the types
`unfit` and `malformed` are shown behind the value, all others alone: what might be secret is
never quoted.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from magi_mcp.core.case import MAX_SEATS, METHODS, PROTOCOLS, MethodName, ProtocolName
from magi_mcp.core.errors import unknown_name
from magi_mcp.languages import fault_of_language
from magi_mcp.seat_strings import fault_of_model, fault_of_name

_FOLDER = "the path of a folder"

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error", "critical"]


def unfit(what: str) -> PydanticCustomError:
    """The error for a value that is not `what`."""
    return PydanticCustomError("unfit", "is not {what}", {"what": what})


def expecting(what: str) -> WrapValidator:
    """Say whatever pydantic finds wrong with a value in one phrase: "... is not `what`"."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        if isinstance(value, bool):  # pydantic would take `true` for the number 1
            raise unfit(what)
        try:
            return handler(value)
        except ValidationError as error:
            raise unfit(what) from error

    return WrapValidator(check)


def listed(what: str) -> BeforeValidator:
    """Say of anything but a list that it "is not `what`"; the items answer for themselves."""

    def check(value: object) -> object:
        if not isinstance(value, list | tuple):
            raise unfit(what)
        return value

    return BeforeValidator(check)


def _one_of(kind: str, names: Sequence[str]) -> WrapValidator:
    """Say which names there are, whatever else is given."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        if not isinstance(value, str):
            raise unfit(f"the name of a {kind}")
        if value not in names:
            problem = unknown_name(kind, value, names).problem
            raise PydanticCustomError("unknown", "{problem}", {"problem": problem})
        return handler(value)

    return WrapValidator(check)


def _language(text: str) -> str:
    fault = fault_of_language(text)
    if fault is not None:
        raise PydanticCustomError("unfit", "{fault}", {"fault": fault})
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


def _from_home(path: str) -> str:
    try:
        return str(Path(path).expanduser())
    except RuntimeError as error:
        raise unfit(_FOLDER) from error


def _yes_or_no(value: object) -> object:
    if not isinstance(value, bool):
        raise unfit("true or false")
    return value


_Stripped = Annotated[str, StringConstraints(strip_whitespace=True)]
_NotBlank = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]

Seconds = Annotated[
    float, Field(gt=0, allow_inf_nan=False), expecting("a number of seconds greater than 0")
]
Dollars = Annotated[
    float, Field(gt=0, allow_inf_nan=False), expecting("a number of US dollars greater than 0")
]
Count = Annotated[int, Field(ge=1), expecting("a whole number greater than 0")]
Voices = Annotated[
    int, Field(ge=1, le=MAX_SEATS), expecting(f"a whole number from 1 to {MAX_SEATS}")
]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no)]
Temperature = Annotated[
    float, Field(ge=0, le=2, allow_inf_nan=False), expecting("a number from 0 to 2")
]
Trust = Annotated[float, Field(allow_inf_nan=False), expecting("a number")]
PresetName = Annotated[_NotBlank, expecting("the name of a preset of personas, or 'none'")]
PersonaText = Annotated[_NotBlank, expecting("the name of a persona or a text of your own")]
FolderPath = Annotated[
    _NotBlank,
    AfterValidator(_from_home),
    expecting("the path of a folder of prompt templates"),
]
RootFolder = Annotated[_NotBlank, AfterValidator(_from_home), expecting(_FOLDER)]
FamilyName = Annotated[_NotBlank, expecting("the name of a model family, such as 'openai'")]
StoreUrl = Annotated[
    _NotBlank,
    expecting("the path or address of a store, such as 'sqlite:///path/dossiers.sqlite3'"),
]
LogLevelName = Annotated[LogLevel, expecting(f"a log level: {', '.join(get_args(LogLevel))}")]
Protocol = Annotated[ProtocolName, _one_of("protocol", PROTOCOLS)]
Method = Annotated[MethodName, _one_of("method", METHODS)]
# `expecting` stands inside, so that it answers for the type and the grammar for the rest.
Language = Annotated[
    Annotated[_Stripped, expecting("the name of a language, such as 'German' or 'de'")],
    AfterValidator(_language),
]
SeatName = Annotated[
    Annotated[_Stripped, expecting("the name of a seat")], AfterValidator(_seat_name)
]
ModelString = Annotated[
    Annotated[_Stripped, expecting("a model string, such as 'openai/gpt-4o-mini'")],
    AfterValidator(_model_string),
]
ModelPattern = Annotated[
    Annotated[_Stripped, expecting("a model string, in which '*' stands for any characters")],
    AfterValidator(_model_string),
]
