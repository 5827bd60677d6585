"""Seats written as one line each: the grammar of `MAGI_SEATS`, `--seat` and the tools' `seats`.

Layer: pure helper of the edges (settings, council). It must not know what a model string
means to a provider, nor read anything: text comes in, names and models go out.

    seats  = seat ("," seat)*          # MAGI_SEATS; everywhere else one seat stands alone
    seat   = [name "="] models         # white space around a seat does not count
    models = model ("|" model)*        # the first serves, the others are its fallbacks in order
    name   = 1 to 40 letters, digits, "_", "-" or "."
    model  = 1 to 256 printable characters, none of them white space, "=", "," or "|"

`MAGI_ARBITER`, `--arbiter` and the tools' `arbiter` are `models` without a name. A model string
is passed on as it is, so "/", ":", "@" and the like (Bedrock's ARNs, Vertex's versions) belong
to it. "=", "," and "|" do not, because they could not be told from the grammar's own.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from magi_mcp.core.case import MAX_SEATS
from magi_mcp.core.errors import CallerError, quoted

MAX_NAME_CHARS = 40
MAX_MODEL_CHARS = 256
MAX_FALLBACKS = 8
"""More would outlast any deadline: each is tried only when those before it have failed."""

_NAME = re.compile(rf"[\w.-]{{1,{MAX_NAME_CHARS}}}")
_EXAMPLE = (
    "write 'name=model' or 'model', such as 'melchior=openai/gpt-4o-mini', and fallbacks behind "
    "it: 'model|fallback'."
)


@dataclass(frozen=True)
class SeatString:
    """One seat as written; `name` is None where the council is to choose it."""

    name: str | None
    model: str
    fallbacks: tuple[str, ...] = ()

    def __str__(self) -> str:
        models = "|".join((self.model, *self.fallbacks))
        return models if self.name is None else f"{self.name}={models}"


def parse_seat(text: str) -> SeatString:
    """The seat that `text` describes; `CallerError` says which part of it is wrong."""
    return _parse(text, "")


def parse_seats(text: str) -> tuple[SeatString, ...]:
    """The seats of a comma-separated list; `CallerError` names the seat at fault by its place."""
    return parse_each(text.split(","))


def parse_each(texts: Sequence[str]) -> tuple[SeatString, ...]:
    """The seats of several strings, one each; `CallerError` as in `parse_seats`."""
    if len(texts) > MAX_SEATS:
        raise CallerError("seats", f"{len(texts)} given; a council has at most {MAX_SEATS}.")
    several = len(texts) > 1
    seats = tuple(
        _parse(text, f"seat {number} of {len(texts)}, " if several else "")
        for number, text in enumerate(texts, start=1)
    )
    repeat = first_repeat([seat.name for seat in seats])
    if repeat is not None:
        name = seats[repeat].name
        raise CallerError(
            "seats", f"seat {repeat + 1} of {len(seats)}: the name {name!r} is already taken."
        )
    return seats


def parse_models(argument: str, text: str) -> tuple[str, ...]:
    """The model and its fallbacks, with no name before them; `CallerError` names `argument`."""
    models = text.strip()
    fault = _fault_of_models(models)
    if fault is not None:
        raise CallerError(
            argument,
            f"{quoted(models)}: {fault}; write a model string such as "
            "'anthropic/claude-sonnet-4-6', or 'model|fallback'.",
        )
    return tuple(models.split("|"))


def first_repeat(names: Sequence[str | None]) -> int | None:
    """The index of the first name that stood before, whatever its case; None without one."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name is None:
            continue
        if name.casefold() in seen:
            return index
        seen.add(name.casefold())
    return None


def fault_of_name(name: str) -> str | None:
    """What keeps `name` from being a seat's name, or None."""
    if not name:
        return "the name is blank"
    if not _NAME.fullmatch(name):
        return f"the name may hold letters, digits, '_', '-' and '.' only, at most {MAX_NAME_CHARS}"
    return None


def fault_of_model(model: str) -> str | None:
    """What keeps `model` from being a model string, or None."""
    if not model:
        return "the model is blank"
    if "|" in model:
        return "the model contains '|'; in a table fallbacks are a list, 'fallbacks'"
    if any(character.isspace() for character in model):
        return "the model contains white space"
    if not model.isprintable():
        return "the model contains a character that cannot be printed"
    if "=" in model or "," in model:
        return "the model contains '=' or ','"
    if len(model) > MAX_MODEL_CHARS:
        return f"the model has {len(model)} characters, more than {MAX_MODEL_CHARS}"
    return None


def _parse(text: str, place: str) -> SeatString:
    seat = text.strip()
    fault = _fault_of_seat(seat)
    if fault is not None:
        shown = seat if len(seat) <= 2 * MAX_NAME_CHARS else f"{seat[: 2 * MAX_NAME_CHARS]}..."
        raise CallerError("seats", f"{place}{shown!r}: {fault}; {_EXAMPLE}")
    name, equals, models = seat.rpartition("=")
    model, *fallbacks = models.split("|")
    return SeatString(name if equals else None, model, tuple(fallbacks))


def _fault_of_seat(seat: str) -> str | None:
    if not seat:
        return "the seat is empty"
    if "," in seat:
        return "a comma separates seats in MAGI_SEATS only; here give one seat each"
    if seat.count("=") > 1:
        return "there is more than one '='"
    name, equals, models = seat.rpartition("=")
    return (fault_of_name(name) if equals else None) or _fault_of_models(models)


def _fault_of_models(text: str) -> str | None:
    models = text.split("|")
    for number, model in enumerate(models):
        fault = fault_of_model(model)
        if fault is not None:
            return f"fallback {number}: {fault}" if number else fault
        if model in models[:number]:
            return f"{quoted(model)} stands twice"
    if len(models) > MAX_FALLBACKS + 1:
        return f"there are {len(models) - 1} fallbacks, more than {MAX_FALLBACKS}"
    return None
