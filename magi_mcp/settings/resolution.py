"""Settings: layers merged key by key, the first that sets a key winning, and validated. Pure."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from magi_mcp.settings.errors import ConfigurationError, dotted, shown
from magi_mcp.settings.keys import WHOLE, elsewhere, known_beside
from magi_mcp.settings.layers import Layer, setting_paths
from magi_mcp.settings.model import Choices
from magi_mcp.settings.tables import Table, merged
from magi_mcp.toml_lines import KeyPath


def resolve(layers: Sequence[Layer]) -> Choices:
    """What is configured; `layers` stand in order of precedence, the strongest first.

    Raises `ConfigurationError` for the first setting in force that cannot be.
    """
    try:
        return Choices.model_validate(merged(_taken(layers)))
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False)
    raise _explained(_most_telling(errors), layers)


def _taken(layers: Sequence[Layer]) -> Iterator[Table]:
    """What is taken from each layer: of what counts as a whole nothing that a stronger one sets."""
    settled: set[str] = set()
    for layer in layers:
        yield {key: value for key, value in layer.values.items() if key not in settled}
        settled |= layer.values.keys() & WHOLE


def _most_telling(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """The first error; of a missing key rather the unknown one beside it, which may be meant."""
    first = errors[0]
    table = first["loc"][:-1]
    unknown = (e for e in errors if e["type"] == "extra_forbidden" and e["loc"][:-1] == table)
    return next(unknown, first) if first["type"] == "missing" else first


def _explained(error: ErrorDetails, layers: Sequence[Layer]) -> ConfigurationError:
    path = error["loc"]
    if error["type"] == "repeated_name":
        path = (*path, error["ctx"]["index"], "name")
    key = dotted(path)
    value = shown(key, error["input"])
    match error["type"]:
        case "extra_forbidden":
            problem = f"{value} is set, but there is no such key{_guess(path)}"
        case "missing":
            problem = "is missing"
        case "unfit":
            problem = f"{value} {error['msg']}"
        case "malformed":
            problem = f"{value}: {error['msg']}"
        case _:
            problem = error["msg"]
    return ConfigurationError(_setter(path, layers).place(path), key, problem)


def _guess(path: KeyPath) -> str:
    """The valid name nearest to the unknown one at `path`, and all names that are valid there."""
    key, known = str(path[-1]), known_beside(path)
    near = [*elsewhere(key), *get_close_matches(key.casefold(), known)]
    guess = f"; did you mean {near[0]!r}?" if near else "."
    return f"{guess} Valid here: {', '.join(known)}."


def _setter(path: KeyPath, layers: Sequence[Layer]) -> Layer:
    """The layer from which the setting at `path`, or the one it is part of, was taken.

    Of one that nobody has set, the layer that began the table in which it is missing.
    """

    def layer_with(at: KeyPath) -> Layer | None:
        found = (
            layer
            for layer in layers
            if any(at[: len(setting)] == setting[: len(at)] for setting in setting_paths(layer))
        )
        return next(found, None)

    setter = layer_with(path) or layer_with(path[:1])
    assert setter is not None, "only what somebody has set is checked"
    return setter
