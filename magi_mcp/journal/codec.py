r"""Journal: how values are written as text that any database takes, and read back exactly.

Pure. What is written is valid JSON and valid Unicode without NUL, whatever a value holds:
a model may well send half of a surrogate pair, which neither JSON in UTF-8 nor a database
can hold as it is. A string that begins with ``\x10`` (the control character "data link
escape", which no keyboard types) is not meant literally:

==========================  ====================================================
``\x10text:sha256:<hex>``   the text with this content address, kept elsewhere
``\x10escaped:<ascii>``     a string in Python's ``unicode_escape`` notation: one with
                            NUL, lone surrogates or ``\x10`` at its start
``\x10number:<word>``       ``inf`` or ``-inf``, which JSON has no notation for
==========================  ====================================================

Texts of a case (its question and context, lenses and prompt templates) are the same from
dossier to dossier; from ``SHARED_FROM`` characters on they are kept once, by content address.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from magi_mcp.core.errors import MagiError
from magi_mcp.core.events import EVENT, CaseOpened, Event
from magi_mcp.core.heads import Head
from magi_mcp.core.replies import Attempt, Usage
from magi_mcp.core.seeding import digest

M = TypeVar("M", bound=BaseModel)
Scalar = str | float | bool | None

SHARED_FROM = 256
"""Characters from which on a text of a case is kept once for all dossiers."""

Lookup = Callable[[str], str | None]
"""Gives the text with a content address as it was stored, or None where there is none."""

_MARK = "\x10"
_HEAD: TypeAdapter[Head] = TypeAdapter(Head)
_ATTEMPT: TypeAdapter[Attempt] = TypeAdapter(Attempt)


class Undecodable(ValueError):
    """What was stored does not give a value; its text says why, in a few words."""


@dataclass
class Shelf:
    """The texts that are to be kept by content address, as they are to be stored."""

    texts: dict[str, str] = field(default_factory=dict)

    def put(self, text: str) -> str:
        """The content address of ``text``, which is now on the shelf."""
        address = digest(text)
        self.texts[address] = _safe(text)
        return address


def encode(event: Event, shelf: Shelf) -> str:
    """An event as JSON; long texts of a case go to the shelf."""
    plain: JsonValue = EVENT.dump_python(event, mode="json", by_alias=True)
    packed = _pack(plain, shelf if isinstance(event, CaseOpened) else None)
    return json.dumps(packed, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def decode(stored: str, lookup: Lookup) -> Event:
    """The event that :func:`encode` wrote. Raises ``Undecodable`` for anything else."""
    try:
        packed: JsonValue = json.loads(stored)
    except (ValueError, TypeError, RecursionError) as error:
        raise Undecodable(f"it is not JSON ({error})") from error
    return _validated(EVENT, packed, lookup)


def encode_head(head: Head, shelf: Shelf) -> dict[str, Scalar]:
    """A head as the columns of a row; a long question goes to the shelf."""
    columns: dict[str, Scalar] = _HEAD.dump_python(head, mode="json")
    return {name: _pack_scalar(value, shelf) for name, value in columns.items()}


def decode_head(columns: Mapping[str, Scalar], lookup: Lookup) -> Head:
    """The head that :func:`encode_head` wrote. Raises ``Undecodable`` for anything else."""
    return _validated(_HEAD, {**columns}, lookup)


def encode_attempt(attempt: Attempt) -> dict[str, Scalar]:
    """An attempt as the columns of a row, its usage among them."""
    columns: dict[str, Scalar] = {
        **attempt.model_dump(exclude={"usage"}),
        **attempt.usage.model_dump(),
    }
    return {
        name: _safe(value) if isinstance(value, str) else value for name, value in columns.items()
    }


def decode_attempt(columns: Mapping[str, Scalar]) -> Attempt:
    """The attempt that :func:`encode_attempt` wrote. Raises ``Undecodable`` for anything else."""
    usage: JsonValue = {name: columns[name] for name in Usage.model_fields}
    own = {name: columns[name] for name in Attempt.model_fields if name != "usage"}
    return _validated(_ATTEMPT, {**own, "usage": usage}, _no_shared_text)


def _no_shared_text(address: str) -> None:
    """The lookup of what was written without a shelf."""


def _validated(shape: TypeAdapter[M], packed: JsonValue, lookup: Lookup) -> M:
    try:
        return shape.validate_python(_unpack(packed, lookup))
    except ValidationError as error:
        raise Undecodable(_first_fault(error)) from error
    except MagiError as error:
        raise Undecodable(str(error)) from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    if fault["type"] == "union_tag_invalid":
        return f"this version of magi-mcp knows no {fault['ctx']['tag']!r}"
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _pack(value: JsonValue, shelf: Shelf | None) -> JsonValue:
    match value:
        case list():
            return [_pack(each, shelf) for each in value]
        case dict():
            return {_safe(key): _pack(each, shelf) for key, each in value.items()}
        case _:
            return _pack_scalar(value, shelf)


def _pack_scalar(value: Scalar, shelf: Shelf | None) -> Scalar:
    match value:
        case str() if shelf is not None and len(value) >= SHARED_FROM:
            return f"{_MARK}text:{shelf.put(value)}"
        case str():
            return _safe(value)
        case float() if not math.isfinite(value):
            return f"{_MARK}number:{value}"
        case _:
            return value


def _unpack(value: JsonValue, lookup: Lookup) -> JsonValue:
    match value:
        case str():
            return _meant(value, lookup)
        case list():
            return [_unpack(each, lookup) for each in value]
        case dict():
            return {_plain(key): _unpack(each, lookup) for key, each in value.items()}
        case _:
            return value


def _safe(text: str) -> str:
    if _is_unicode(text) and not text.startswith(_MARK):
        return text
    return f"{_MARK}escaped:{text.encode('unicode_escape').decode('ascii')}"


def _is_unicode(text: str) -> bool:
    """Whether any database takes ``text``: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    if text.isascii():  # known to Python without looking at the characters
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _plain(stored: str) -> str:
    """The string that :func:`_safe` wrote."""
    if not stored.startswith(_MARK):
        if not _is_unicode(stored):
            raise Undecodable("a string is not valid Unicode")
        return stored
    form, _, body = stored.partition(":")
    if form != f"{_MARK}escaped":
        raise Undecodable(f"a string has the unknown form {form[:20]!r}")
    try:
        return body.encode("ascii").decode("unicode_escape")
    except UnicodeError as error:
        raise Undecodable(f"an escaped string is damaged ({error})") from error


def _meant(stored: str, lookup: Lookup) -> str | float:
    form, _, body = stored.partition(":")
    if form == f"{_MARK}text":
        return _shared(body, lookup)
    if form == f"{_MARK}number" and body in ("inf", "-inf"):
        return float(body)
    return _plain(stored)


def _shared(address: str, lookup: Lookup) -> str:
    stored = lookup(address)
    if stored is None:
        raise Undecodable(f"the text {address} is missing")
    text = _plain(stored)
    if digest(text) != address:
        raise Undecodable(f"the text {address} was changed")
    return text
