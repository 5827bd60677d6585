"""Settings: one layer for each place they come from, all in the shape of the TOML file.

Pure but for the files it has read. It must not know which layer wins, nor what a value has to
be: only which keys there are, and which of them a place may set.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from magi_mcp.core.errors import CallerError
from magi_mcp.languages import is_plainly_a_language
from magi_mcp.seat_strings import parse_models, parse_seats
from magi_mcp.settings.errors import ConfigurationError, Place, shown
from magi_mcp.settings.files import read_toml
from magi_mcp.settings.keys import (
    CONFIG_VARIABLE,
    FLAGS,
    FOLDERS,
    HARMLESS,
    KNOWN,
    KNOWN_VARIABLES,
    LATER,
    REFUSED,
    TABLES,
    VARIABLES,
    WHOLE,
    Name,
    OverrideName,
    name_of,
)
from magi_mcp.settings.tables import Table, key_paths, nested, without
from magi_mcp.toml_lines import KeyPath


@dataclass(frozen=True)
class Layer:
    """What one place (`name`) sets, where in it each setting stands, and what to warn of."""

    name: str
    values: Table
    place: Place
    warnings: tuple[str, ...] = ()


def from_flags(overrides: Mapping[OverrideName, object]) -> Layer:
    """The layer of the flags that were given; None stands for one that was not."""
    given = [name for name, value in overrides.items() if value is not None]
    names: dict[OverrideName, Name] = {name: tuple(name.split(".")) for name in given}
    values = nested({names[name]: overrides[name] for name in given})
    return Layer("flags", values, _placed({names[name]: FLAGS[name] for name in given}))


def from_environment(environ: Mapping[str, str]) -> Layer:
    """The layer of the `MAGI_...` variables; a blank one counts as not set."""
    ours = {
        variable: value.strip()
        for variable, value in environ.items()
        if variable.startswith("MAGI_") and value.strip()
    }
    values = nested(
        {
            name: _READERS.get(variable, str)(ours[variable])
            for variable, name in VARIABLES.items()
            if variable in ours
        }
    )
    place = _placed({name: variable for variable, name in VARIABLES.items()})
    used = {*VARIABLES, CONFIG_VARIABLE}
    warnings = [_unused_variable(variable) for variable in sorted(ours.keys() - used)]
    return _of_this_version(Layer("environment", values, place, tuple(warnings)))


def from_trusted_file(path: Path, named_by: str | None = None) -> Layer | None:
    """The layer of a file whose every key counts; None where there is no such file.

    A file that a flag or variable names (`named_by`) has to be there: `ConfigurationError`.
    """
    file = read_toml(path)
    if file is not None:
        values = _from_its_folder(path, file.values)
        return _of_this_version(Layer(str(path), values, file.place))
    if named_by is not None:
        raise ConfigurationError(named_by, "", f"there is no file {str(path)!r}")
    return None


def from_opened_directory(path: Path, user_file: Path) -> Layer | None:
    """The layer of the magi.toml of whatever directory was opened: harmless keys only.

    The other keys of the contract are taken out unread, and named in warnings together with
    `user_file`, where they would count. A file that cannot be read sets nothing, and is told
    of in a warning: a stranger's mistake keeps nobody from working.
    """
    try:
        file = read_toml(path)
    except ConfigurationError as fault:
        return Layer(str(path), {}, _placed({}), (_ignored(fault),))
    if file is None:
        return None
    values = {key: value for key, value in file.values.items() if key not in REFUSED}
    language = values.get("language")
    if isinstance(language, str) and not is_plainly_a_language(language):
        # It is told to every seat as it stands, and so could tell it anything.
        unknown = ConfigurationError(file.place(("language",)), "language", "is not known")
        return Layer(str(path), {}, file.place, (_ignored(unknown),))
    refused = {key: value for key, value in file.values.items() if key in REFUSED}
    warnings = (_refusal(path, refused, user_file),) if refused else ()
    return _of_this_version(Layer(str(path), values, file.place, warnings))


def without_its_mistakes(layer: Layer, fault: ConfigurationError) -> Layer:
    """A stranger's layer in which `fault` was found: it sets nothing, and says why."""
    return replace(layer, values={}, warnings=(*layer.warnings, _ignored(fault)))


def setting_paths(layer: Layer) -> Iterator[KeyPath]:
    """The settings that a layer makes; what counts as a whole is one, as is an empty table."""
    for key, value in layer.values.items():
        if key in TABLES - WHOLE and isinstance(value, dict) and value:
            yield from ((key, name) for name in value)
        else:
            yield (key,)


def _seat_tables(text: str) -> list[Table]:
    try:
        seats = parse_seats(text)
    except CallerError as error:
        raise ConfigurationError("MAGI_SEATS", "seats", error.problem) from error
    return [
        {"name": seat.name, "model": seat.model, "fallbacks": [*seat.fallbacks]} for seat in seats
    ]


def _arbiter_table(text: str) -> Table:
    try:
        model, *fallbacks = parse_models("arbiter", text)
    except CallerError as error:
        raise ConfigurationError("MAGI_ARBITER", "arbiter", error.problem) from error
    return {"model": model, "fallbacks": fallbacks}


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def _folders(text: str) -> list[str]:
    return [folder.strip() for folder in re.split(f"[,{os.pathsep}]", text) if folder.strip()]


_READERS: Mapping[str, Callable[[str], object]] = {
    "MAGI_SEATS": _seat_tables,
    "MAGI_ARBITER": _arbiter_table,
    "MAGI_ALLOWED_MODELS": _words,
    "MAGI_ROOTS": _folders,
    "MAGI_SERVER_ALLOWED_HOSTS": _words,
    "MAGI_SERVER_ALLOWED_ORIGINS": _words,
}
"""What a variable's text is read by, where the setting is not a single value."""


def _unused_variable(variable: str) -> str:
    near = get_close_matches(variable, sorted(KNOWN_VARIABLES), n=1, cutoff=0.8)
    guess = f" Did you mean {near[0]}?" if near else ""
    return f"{variable}: ignored, there is no such variable.{guess}"


def _refusal(path: Path, refused: Table, user_file: Path) -> str:
    # Only names of the contract: others are a stranger's text, and warnings reach models.
    names = ", ".join(
        name
        for key, value in refused.items()
        for name in _known_names([(key, *within) for within in key_paths(value)]) or [key]
    )
    return (
        f"{path}: ignored: {names}. The magi.toml of an opened directory may set only "
        f"{', '.join(HARMLESS)}; the rest belongs in {user_file}, in variables, or in a file "
        "named with --config."
    )


def _ignored(fault: ConfigurationError) -> str:
    # Warnings reach models, so nothing is quoted: of keys only those of the contract are
    # named, and what follows the colon in the parser's words repeats the file.
    if not fault.key:
        problem = fault.problem.partition(":")[0]
    elif fault.key in HARMLESS:
        problem = f"{fault.key}: what is set cannot be used"
    else:
        problem = "an unknown key"
    return f"{fault.place}: {problem}. This file of the opened directory is ignored."


def _of_this_version(layer: Layer) -> Layer:
    """The layer without what only later versions use, and with warnings that say so."""
    _check_sections(layer)
    warnings = list(layer.warnings)
    later = [path for path in key_paths(layer.values) if name_of(path) in LATER]
    if later:
        names = ", ".join(_known_names(later))
        warnings.append(f"{layer.name}: not used by this version: {names}.")
    return replace(layer, values=without(frozenset(later), layer.values), warnings=tuple(warnings))


def _known_names(paths: Iterable[KeyPath]) -> list[str]:
    """The settings of the contract among `paths`, each once, dotted."""
    names = dict.fromkeys(name_of(path) for path in paths)
    return [".".join(name) for name in names if name in KNOWN]


def _check_sections(layer: Layer) -> None:
    """Raises `ConfigurationError` where a section is not written as tables."""
    for key in layer.values.keys() & {"seats", *TABLES}:
        value = layer.values[key]
        if key == "seats":
            fits = isinstance(value, list) and all(isinstance(seat, dict) for seat in value)
            form = "[[seats]] tables"
        else:
            fits, form = isinstance(value, dict), f"the table [{key}]"
        if not fits:
            problem = f"{shown(key, value)} stands where {form} should be"
            raise ConfigurationError(layer.place((key,)), key, problem)


def _from_its_folder(path: Path, values: Table) -> Table:
    """The values of the file at `path`, relative folders in them starting from the file's."""

    def placed(value: object) -> object:
        match value:
            case str() if value.strip() and not value.strip().startswith("~"):
                return str(path.parent / value.strip())
            case list():
                return [placed(each) for each in value]
            case _:
                return value

    return {key: placed(value) if key in FOLDERS else value for key, value in values.items()}


def _placed(places: Mapping[Name, str]) -> Place:
    """Tells where a setting, or the one it is part of, was given."""

    def place(path: KeyPath) -> str:
        return next(where for name, where in places.items() if path[: len(name)] == name)

    return place
