"""Doctor: what is wrong with all that surrounds a council: configuration, store, personas.

Pure but for :func:`versions`, which asks what is installed.
"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from magi_mcp.checks import StoreState
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.doctor.diagnosis import Finding, StoreReport, Versions
from magi_mcp.doctor.subjects import PlaceOf
from magi_mcp.personas import PresetLibrary
from magi_mcp.settings.errors import ConfigurationError, dotted
from magi_mcp.toml_lines import KeyPath

_NOBODY = "nobody sits on the council"


def places(sources: Mapping[str, str]) -> PlaceOf:
    """Where a setting was made, or the nearest table it is part of, by its path."""

    def place_of(path: KeyPath) -> str:
        tables = (dotted(path[:length]) for length in range(len(path), 0, -1))
        return next((sources[name] for name in tables if name in sources), "the configuration")

    return place_of


def about_seats(fault: CallerError) -> Finding:
    """Why no council can be seated, or no prompt be written."""
    match fault:
        case NoSeats():
            mend = fault.problem.removeprefix(_NOBODY).lstrip(" .:;,")
            return Finding(
                severity="error", about="council", problem=_NOBODY, mend=mend or fault.problem
            )
        case ConfigurationError():
            return Finding(
                severity="error",
                about="configuration",
                problem=f"{fault.key}: {fault.problem}" if fault.key else fault.problem,
                mend=f"Mend it in {fault.place}.",
                place=fault.place,
            )
        case _:
            return Finding(
                severity="error",
                about="configuration",
                problem=str(fault),
                mend=f"Mend {fault.argument} in the configuration.",
            )


def about_store(state: StoreState, place_of: PlaceOf) -> Iterator[Finding]:
    """What keeps dossiers from being written, and what will happen to the store unasked."""
    place = place_of(("store", "url"))
    if state.fault is not None:
        problem, _, mend = state.fault.partition(". ")
        yield Finding(
            severity="error",
            about="store",
            problem=problem,
            mend=mend or "Name another place with --store or MAGI_STORE.",
            place=place if place else None,
        )
    elif state.version and state.latest and state.version < state.latest:
        yield Finding(
            severity="warning",
            about="store",
            problem=f"{state.path} was written by an older magi-mcp (version {state.version} of "
            f"its tables, this program makes {state.latest})",
            mend="It is brought up to date when it is next used, and an older magi-mcp can then "
            "no longer open it.",
        )


def about_personas(presets: PresetLibrary) -> Iterator[Finding]:
    """Files of presets that cannot be used."""
    for fault in presets.faults:
        place = fault.path if fault.line is None else f"{fault.path}:{fault.line}"
        yield Finding(
            severity="warning",
            about="personas",
            problem=f"the preset {fault.preset} cannot be used: {fault.reason}",
            mend=f"Mend it in {place}.",
            place=place,
        )


def about_ignored(ignored: Sequence[str]) -> Iterator[Finding]:
    """What was set and does not count."""
    for warning in ignored:
        yield Finding(
            severity="warning",
            about="configuration",
            problem=warning.rstrip("."),
            mend="Set it where it counts, or take it out.",
        )


def store_report(state: StoreState) -> StoreReport:
    """The store as people are told of it."""
    return StoreReport(
        path=state.path,
        exists=state.exists,
        usable=state.fault is None,
        version=state.version,
        latest_version=state.latest,
        dossiers=state.dossiers,
        size_bytes=state.size_bytes,
    )


def versions() -> Versions:
    """What runs here."""
    return Versions(
        magi_mcp=_installed("magi-mcp"),
        python=platform.python_version(),
        mcp=_installed("mcp"),
        litellm=_installed("litellm"),
        platform=platform.platform(terse=True),
    )


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
