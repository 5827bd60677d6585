"""Seats: the scripts that ship with the package, for councils that ask no model.

Layer: adapter, data only. A script is one TOML file in this folder: a sample question, and
what every seat says to it round by round. Scripts are found by name and never by path, so a
model string cannot make the program read a file. Knows nothing of the demonstration.
"""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BeforeValidator, Field

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import MethodName, ProtocolName
from magi_mcp.core.errors import unknown_name
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.replies import Failed
from magi_mcp.seats.failing import FAILING_NAMES
from magi_mcp.seats.scripted import Line, Script


def _unwrapped(text: object) -> object:
    """Line breaks in the file are there for whoever edits it; a paragraph is one line."""
    return one_line(text) if isinstance(text, str) else text


Prose = Annotated[str, BeforeValidator(_unwrapped)]


class Sample(Frozen):
    """The question a script answers, as a caller would put it."""

    question: Prose
    context: Prose
    method: MethodName
    options: tuple[str, ...] = ()
    protocol: ProtocolName


class Part(Frozen):
    """What one seat says in one round: the fields of a ballot (semantics, "what a ballot carries").

    ``because`` belongs to rounds after the blind one, ``confidence`` is in 0..1.
    """

    position: str
    argument: Prose
    would_flip: Prose
    confidence: float = Field(ge=0, le=1)
    needs: tuple[Prose, ...] = ()
    because: Prose | None = None


class Playbook(Frozen):
    """A whole script: the sample, and its parts by seat name and round id (``r1``, ``r2``)."""

    sample: Sample
    parts: Mapping[str, Mapping[str, Part]]


def script_names() -> tuple[str, ...]:
    """The names of all shipped scripts, in alphabetical order."""
    shipped = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(n.removesuffix(".toml") for n in shipped if n.endswith(".toml")))


@cache
def playbook(name: str) -> Playbook:
    """The shipped script of that name. Raises ``CallerError`` where there is none.

    It names all that can follow ``scripted/``, the models that fail on purpose included.
    """
    if name not in script_names():
        raise unknown_name("seats", name, (*script_names(), *FAILING_NAMES))
    text = files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return Playbook.model_validate(tomllib.loads(text))


def script_named(name: str) -> Callable[[str], Script]:
    """For a seat's name, what that seat says in the shipped script called ``name``.

    A seat without a part, and a question that is not the sample's, get a ``Failed`` reply:
    words written for one question would be a lie as an answer to another. Raises
    ``CallerError`` where no such script is shipped.
    """
    book = playbook(name)

    def script_of(seat: str) -> Script:
        def speak(ask: Ask) -> Line:
            round_id = ask.ask_id.partition("/")[0]
            part = book.parts.get(seat, {}).get(round_id)
            if book.sample.question not in ask.prompt:
                return _silent(f"the script {name!r} answers its own sample question only")
            if part is None:
                return _silent(f"the script {name!r} has no words for {ask.ask_id}")
            return part.model_dump(mode="json", exclude_none=True)

        return speak

    return script_of


def _silent(detail: str) -> Failed:
    return Failed(failure="exhausted", detail=detail)
