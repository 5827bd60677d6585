"""Persona presets: read from TOML files, looked up by name, and dealt out to seats.

Layer: edge. It reads directories and gives frozen values; it must not know models, cases or
how a lens is put into a prompt, and must stay quick to import (no litellm, mcp or anyio).

A preset is one file `<preset name>.toml`:

    description = "One line, shown in lists."

    [[personas]]                     # one table for each persona, at least one; order matters
    name = "Melchior"                # unique within the preset
    summary = "One line for lists."  # optional
    lens = "What to look at, what to distrust, what would change your mind."

Shipped presets come first; later directories add presets, and replace one of the same name. A
malformed file costs its own preset only, and is kept as faults that say where and why. If it
was to replace a preset, that name is refused with those faults: falling back to the replaced
text would spend money on lenses the user no longer wants.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePath
from typing import Annotated

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from magi_mcp.toml_lines import KeyPath, TomlFault, line_of, parse_toml

NO_PERSONAS = "none"
"""The word that stands for "no persona for any seat"; no preset may have it as its name."""

MAX_PRESET_BYTES = 64 * 1024

_PRESET_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class PersonasError(ValueError):
    """A choice of personas that cannot be followed; the message says how to mend it."""


class UnknownPreset(PersonasError):
    """No usable preset has this `name`; `nearest` is the valid name most like it, or None."""

    def __init__(
        self,
        name: str,
        valid: Iterable[str],
        faults: Iterable["PresetFault"] = (),
        hint: str = "",
    ) -> None:
        valid = sorted(valid)
        self.name = name
        self.nearest = _nearest(name, valid)
        if because := "; ".join(map(str, faults)):
            problem = f"preset {_shown(name)} cannot be used: {because}"
        elif self.nearest is not None:
            problem = f"no preset is called {_shown(name)}; did you mean {self.nearest!r}?"
        else:
            problem = f"no preset is called {_shown(name)}"
        choices = ", ".join([*valid, NO_PERSONAS])
        alternative = f"; {hint}" if hint else ""
        super().__init__(f"personas: {problem} (valid: {choices}{alternative})")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text.strip()


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line without control characters")
    return text


_Text = Annotated[str, AfterValidator(_not_blank)]
_Line = Annotated[_Text, AfterValidator(_one_line)]


class Persona(BaseModel):
    """A lens for one seat: `lens` is the text the model gets, `name` labels it for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Line
    lens: _Text
    summary: _Line | None = None


def _some_with_distinct_names(personas: tuple[Persona, ...]) -> tuple[Persona, ...]:
    if not personas:
        raise ValueError("is empty; a preset needs at least one [[personas]] table")
    first_with: dict[str, int] = {}
    for index, persona in enumerate(personas):
        first = first_with.setdefault(persona.name.casefold(), index)
        if first != index:
            raise PydanticCustomError(
                "duplicate_persona",
                "the name '{name}' is already taken by personas[{first}]",
                {"name": persona.name, "first": first, "index": index},
            )
    return personas


class _PresetContent(BaseModel):
    """What stands in a preset's file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: _Line
    personas: Annotated[tuple[Persona, ...], AfterValidator(_some_with_distinct_names)]


class Preset(_PresetContent):
    """A named set of personas, in the order in which seats take them."""

    name: str


@dataclass(frozen=True)
class PresetFault:
    """One thing wrong with one file: where (`line` from 1; None for the whole file) and why."""

    path: str
    line: int | None
    reason: str

    @property
    def preset(self) -> str:
        """The name of the preset that this fault costs."""
        return PurePath(self.path).stem

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True)
class PresetLibrary:
    """All presets that could be read, by name, and the faults of those that could not."""

    presets: Mapping[str, Preset]
    faults: tuple[PresetFault, ...] = ()

    def get(self, name: str) -> Preset:
        """The preset called `name` (case and outer blanks do not count); else `UnknownPreset`."""
        preset = self.presets.get(_folded(name))
        if preset is None:
            raise self.unknown(name)
        return preset

    def unknown(self, name: str, hint: str = "") -> UnknownPreset:
        """The error for a `name` that is no usable preset; `hint` says what else would do."""
        return UnknownPreset(name, self.presets, self.faults_of(name), hint)

    def faults_of(self, name: str) -> tuple[PresetFault, ...]:
        """What is wrong with the files of that name, whether or not another file replaced them."""
        return tuple(fault for fault in self.faults if _folded(fault.preset) == _folded(name))


def load_presets(*extra_dirs: Path) -> PresetLibrary:
    """Read the shipped presets, then each of `extra_dirs` (absent ones hold nothing)."""
    presets: dict[str, Preset] = {}
    faults: list[PresetFault] = []
    for directory in (shipped_presets_dir(), *extra_dirs):
        for found in _read_directory(directory):
            if isinstance(found, Preset):
                presets[found.name] = found
            else:
                faults.append(found)
                presets.pop(found.preset, None)
    return PresetLibrary(dict(sorted(presets.items())), tuple(faults))


def shipped_presets_dir(package: Traversable | None = None) -> Traversable:
    """Where the presets lie that come with magi-mcp: in the wheel, or in the source tree.

    `package` is the directory of `magi_mcp` when None. FileNotFoundError: neither is there.
    """
    package = files("magi_mcp") if package is None else package
    in_wheel = package / "_presets"
    if in_wheel.is_dir():
        return in_wheel
    if isinstance(package, Path) and (package.parent / "pyproject.toml").is_file():
        in_source_tree = package.parent / "personas"
        if in_source_tree.is_dir():
            return in_source_tree
    raise FileNotFoundError(f"magi-mcp's presets are missing ({in_wheel}); install it again")


def user_presets_dir() -> Path:
    """Where the user's own presets lie; the directory need not exist."""
    return platformdirs.user_config_path("magi-mcp", appauthor=False) / "personas"


def resolve_personas(
    requested: Sequence[str], seats: int, library: PresetLibrary, default_preset: str
) -> tuple[Persona | None, ...]:
    """The persona of every seat, in seat order, as the contract's `personas` argument says.

    `[]` is the default preset, `["none"]` no persona for any seat, `[name]` that preset;
    otherwise there is one item for each seat: the name of a persona of the default preset, or
    a lens in the caller's own words. `default_preset` may be "none" too.
    Raises PersonasError, and UnknownPreset for a single item where a preset was to be named.
    """
    for index, item in enumerate(requested):
        if not item.strip():
            raise PersonasError(f"personas[{index}] is blank; {_choices(seats, library)}")
    if len(requested) <= 1:
        word = requested[0] if requested else default_preset
        if _folded(word) == NO_PERSONAS:
            return (None,) * seats
        if not requested or _folded(word) in library.presets or library.faults_of(word):
            return deal_personas(library.get(word), seats)
        if seats != 1:
            raise library.unknown(word, hint=f"or one lens for each of the {seats} seats")
    if len(requested) != seats:
        count = len(requested)
        raise PersonasError(
            f"personas: {count} items for {seats} seats; {_choices(seats, library)}"
        )
    if NO_PERSONAS in map(_folded, requested):
        raise PersonasError(f'personas: "none" must stand alone; {_choices(seats, library)}')
    known = () if _folded(default_preset) == NO_PERSONAS else library.get(default_preset).personas
    if seats == 1 and not find_persona(requested[0], known) and _is_misspelt(requested[0], library):
        raise library.unknown(requested[0], hint="or a lens of more than one word")
    return _distinct(
        find_persona(item, known) or Persona(name=f"Lens {number}", lens=item)
        for number, item in enumerate(requested, start=1)
    )


def _is_misspelt(word: str, library: PresetLibrary) -> bool:
    """Whether a single word is so like a preset's name that it was hardly meant as a lens."""
    return len(word.split()) == 1 and bool(
        difflib.get_close_matches(_folded(word)[:80], library.presets, n=1, cutoff=0.75)
    )


def deal_personas(preset: Preset, seats: int) -> tuple[Persona, ...]:
    """One persona of the preset for each seat, in order, beginning again when they run out."""
    return _distinct(preset.personas[seat % len(preset.personas)] for seat in range(seats))


def find_persona(name: str, personas: Iterable[Persona]) -> Persona | None:
    """The persona called `name` (case and outer blanks do not count), or None."""
    return next((each for each in personas if _folded(each.name) == _folded(name)), None)


def _distinct(personas: Iterable[Persona]) -> tuple[Persona, ...]:
    """The same lenses with names made unique: "Casper", "Casper 2", ..."""
    named: dict[str, Persona] = {}
    for persona in personas:
        name, number = persona.name, 1
        while name in named:
            number += 1
            name = f"{persona.name} {number}"
        named[name] = persona.model_copy(update={"name": name})
    return tuple(named.values())


def _choices(seats: int, library: PresetLibrary) -> str:
    presets = ", ".join(sorted(library.presets))
    return (
        f"give nothing (the default preset), one preset's name ({presets}), "
        f'"none", or exactly {seats} lenses, one for each seat'
    )


def _folded(name: str) -> str:
    return name.strip().casefold()


def _shown(value: object, limit: int = 60) -> str:
    return repr(value[:limit] + "..." if isinstance(value, str) and len(value) > limit else value)


def _nearest(value: str, valid: Iterable[str]) -> str | None:
    # A quarter below difflib's own cutoff, so that "code" still finds "code-review". Long
    # values are free text, and comparing 100 KB of it would be slow and say nothing.
    return next(iter(difflib.get_close_matches(_folded(value[:80]), valid, n=1, cutoff=0.45)), None)


def _read_directory(directory: Traversable) -> Iterator[Preset | PresetFault]:
    """Every preset, or fault, in one directory, by file name."""
    try:
        entries = sorted(directory.iterdir(), key=lambda entry: entry.name)
    except FileNotFoundError:
        return  # nobody has to have presets of their own
    except OSError as error:
        yield PresetFault(str(directory), None, f"cannot be read: {error.strerror}")
        return
    for entry in entries:
        # Editors keep locks and backups under names that begin with a dot.
        if entry.name.endswith(".toml") and not entry.name.startswith("."):
            yield from _read_preset(entry)


def _read_preset(entry: Traversable) -> Iterator[Preset | PresetFault]:
    """The preset in one file, or all the faults that keep it from being one."""
    path, name = str(entry), entry.name.removesuffix(".toml")
    try:
        _check_name(name)
        text = _read_text(entry)
        data = parse_toml(text)
    except (_Unusable, TomlFault) as fault:
        yield PresetFault(path, fault.line, fault.reason)
        return
    try:
        content = _PresetContent.model_validate(data)
    except ValidationError as invalid:
        for error in invalid.errors(include_url=False):
            key, reason = _explain(error)
            yield PresetFault(path, line_of(text, key), f"{_dotted(key)}: {reason}")
        return
    yield Preset(name=name, description=content.description, personas=content.personas)


class _Unusable(Exception):
    """A file that is refused before its contents are looked at."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def _check_name(name: str) -> None:
    if name == NO_PERSONAS:
        raise _Unusable('"none" cannot name a preset: it asks for no personas; rename the file')
    if not _PRESET_NAME.fullmatch(name):
        raise _Unusable(
            f"{_shown(name)} cannot name a preset; rename the file: lower-case letters, digits, "
            "'-' and '_', beginning with a letter or digit, at most 64"
        )


def _read_text(entry: Traversable) -> str:
    if not entry.is_file():  # also keeps a pipe of that name from blocking the start
        raise _Unusable("is not a file that can be read")
    try:
        with entry.open("rb") as file:
            data = file.read(MAX_PRESET_BYTES + 1)
    except OSError as error:
        raise _Unusable(f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_PRESET_BYTES:
        raise _Unusable(f"is larger than {MAX_PRESET_BYTES // 1024} KB")
    try:
        return data.decode("utf-8-sig")  # some Windows editors put a byte order mark first
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Unusable("is not UTF-8; save it in that encoding", line) from error


def _explain(error: ErrorDetails) -> tuple[KeyPath, str]:
    """The key at fault, and what is wrong with it."""
    key = error["loc"]
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return key, f"is missing; required here: {', '.join(_required_beside(key))}"
        case "extra_forbidden":
            valid = list(_model_around(key).model_fields)
            nearest = _nearest(str(key[-1]), valid)
            guess = f"did you mean {nearest!r}? " if nearest else ""
            return key, f"is an unknown key; {guess}valid here: {', '.join(valid)}"
        case "duplicate_persona":
            return (*key, context["index"], "name"), error["msg"]
        case "value_error":
            return key, str(context["error"])
        case "tuple_type" | "model_type" | "dict_type":
            return key, "must be written as [[personas]] tables"
        case "string_type":
            return key, f"must be text, not {_shown(error['input'])}"
        case _:
            return key, error["msg"]


def _model_around(key: KeyPath) -> type[BaseModel]:
    return Persona if len(key) > 1 else _PresetContent


def _required_beside(key: KeyPath) -> list[str]:
    fields = _model_around(key).model_fields
    return [name for name, field in fields.items() if field.is_required()]


def _dotted(key: KeyPath) -> str:
    """`("personas", 1, "lens")` as `personas[1].lens`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return "".join(parts).removeprefix(".")
