"""Settings: what the user configured, from flags, environment and files.

Layer: edge. It must not know seats as the core does (that is `council`), presets, stores or
providers, and never reads a provider's key.

Key by key, the first of these that sets it wins (contract, "Configuration"):

1. flags of the command line,
2. the environment,
3. the file given with `--config` or `MAGI_CONFIG`,
4. `magi.toml` in the working directory, which is not trusted: it comes with whatever
   repository was opened, so it may set only what cannot spend, send or reveal anything,
5. `config.toml` in the user's configuration directory,
6. the defaults.

All seats are one setting, and so is an arbiter with all that says how it is reached: a model from
one place must not be sent to an address from another.

Only values in force are checked; but no file may hold a key that the contract does not know.
A mistake is an error, except in the file that is not trusted: that one is then ignored, with a
warning.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import platformdirs

from magi_mcp.settings.errors import ConfigurationError, dotted
from magi_mcp.settings.files import is_same_file
from magi_mcp.settings.keys import CONFIG_VARIABLE, OverrideName
from magi_mcp.settings.layers import (
    Layer,
    from_environment,
    from_flags,
    from_opened_directory,
    from_trusted_file,
    setting_paths,
    without_its_mistakes,
)
from magi_mcp.settings.model import (
    ArbiterSettings,
    CandidateSettings,
    Choices,
    LimitSettings,
    SeatSettings,
    ServedSettings,
    Settings,
    StoreSettings,
)
from magi_mcp.settings.resolution import resolve
from magi_mcp.settings.serving import OidcSettings, ServerSettings
from magi_mcp.settings.tables import key_paths
from magi_mcp.settings.values import LogLevel
from magi_mcp.toml_lines import KeyPath

__all__ = [
    "ArbiterSettings",
    "CandidateSettings",
    "Choices",
    "ConfigurationError",
    "LimitSettings",
    "LogLevel",
    "OidcSettings",
    "OverrideName",
    "SeatSettings",
    "ServedSettings",
    "ServerSettings",
    "Settings",
    "StoreSettings",
    "load_settings",
    "user_settings_dir",
]


def user_settings_dir() -> Path:
    """Where the user's own configuration lies; the directory need not exist."""
    return platformdirs.user_config_path("magi-mcp", appauthor=False)


def load_settings(
    *,
    overrides: Mapping[OverrideName, object] | None = None,
    config_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_dir: Path | None = None,
) -> Settings:
    """The configuration in force.

    `overrides` are the flags given (None for one that was not), `config_file` is that of
    `--config`; relative files, in MAGI_CONFIG too, start from `cwd`. What is not given is the
    process's own. Raises `ConfigurationError` for a mistake.
    """
    user_file = (user_settings_dir() if user_dir is None else user_dir) / "config.toml"
    environ = os.environ if environ is None else environ
    opened_file = (Path() if cwd is None else cwd) / "magi.toml"
    found = [
        from_flags(overrides or {}),
        from_environment(environ),
        *_from_files(_named_file(config_file, environ), opened_file, user_file),
    ]
    layers = [layer for layer in found if layer is not None]
    choices = resolve(layers)  # which validates them, so that they need not be once more
    return Settings.model_construct(
        **dict(choices),
        sources=_sources(layers),
        places=_places(layers),
        warnings=tuple(warning for layer in layers for warning in layer.warnings),
        user_file=user_file,
    )


def _named_file(config_file: Path | None, environ: Mapping[str, str]) -> tuple[Path, str] | None:
    """The file to read besides the usual ones, and the flag or variable that names it."""
    if config_file is not None:
        return config_file, "--config"
    variable = environ.get(CONFIG_VARIABLE, "").strip()
    return (Path(variable), CONFIG_VARIABLE) if variable else None


def _from_files(
    named: tuple[Path, str] | None, opened_file: Path, user_file: Path
) -> Iterator[Layer | None]:
    """The layers of the files, the strongest first; one that is named is read as such only."""
    if named is None:
        yield _of_a_stranger(opened_file, user_file)
        yield from_trusted_file(user_file)
        return
    path, named_by = opened_file.parent / named[0], named[1]
    yield from_trusted_file(path, named_by)
    if not is_same_file(path, opened_file):
        yield _of_a_stranger(opened_file, user_file)
    if not is_same_file(path, user_file):
        yield from_trusted_file(user_file)


def _of_a_stranger(opened_file: Path, user_file: Path) -> Layer | None:
    """The layer of the file that is not trusted, which is checked as a whole and by itself."""
    layer = from_opened_directory(opened_file, user_file)
    if layer is None:
        return None
    try:
        resolve([layer])
    except ConfigurationError as fault:
        return without_its_mistakes(layer, fault)
    return layer


def _sources(layers: Sequence[Layer]) -> dict[str, str]:
    """What set each setting in force, by its dotted name."""
    return {
        dotted(path): layer.place(path)
        for layer in reversed(layers)
        for path in setting_paths(layer)
    }


def _places(layers: Sequence[Layer]) -> dict[str, str]:
    """Where the keys within each setting in force stand, by their dotted names."""
    settings: dict[KeyPath, dict[str, str]] = {}
    for layer in reversed(layers):
        for path in setting_paths(layer):
            inner = [each for each in key_paths(layer.values) if each[: len(path)] == path]
            settings[path] = {dotted(each): layer.place(each) for each in inner if each != path}
    return {name: place for places in settings.values() for name, place in places.items()}
