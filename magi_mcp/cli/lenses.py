"""CLI: ``personas``. Lists the presets of lenses, or shows one of them.

It opens no store and asks nobody, so it works before anything is configured.
"""

from pydantic import JsonValue
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.desk import Desk
from magi_mcp.cli.faults import DONE
from magi_mcp.cli.office import settings_for
from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.typeset import FAINT, section
from magi_mcp.core.errors import CallerError
from magi_mcp.personas import (
    Persona,
    PersonasError,
    Preset,
    PresetLibrary,
    load_presets,
    user_presets_dir,
)


def list_presets(desk: Desk) -> int:
    """Every preset with its one-line description; the faults of unusable files on stderr."""
    in_force = settings_for(desk.flags).personas
    library = _library(desk)
    if desk.as_json:
        presets = library.presets.values()
        entries: list[JsonValue] = [_entry(preset, in_force) for preset in presets]
        desk.screen.write_json(entries)
        return DONE
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, style="bold")
    for preset in library.presets.values():
        words = Text(plain_line(preset.description))
        if preset.name == in_force:
            words.append(" (in force)", style=FAINT)
        table.add_row(preset.name, words)
    desk.screen.show(table)
    desk.screen.note(f"Your own presets go into {user_presets_dir()}.")
    return DONE


def show_preset(name: str, desk: Desk) -> int:
    """Every lens of one preset. Raises ``CallerError`` for a name that no usable preset has."""
    in_force = settings_for(desk.flags).personas
    try:
        preset = _library(desk).get(name)
    except PersonasError as unknown:
        raise CallerError("PRESET", str(unknown).removeprefix("personas: ")) from unknown
    if desk.as_json:
        desk.screen.write_json(_entry(preset, in_force))
        return DONE
    screen = desk.screen
    screen.show(Text.assemble((preset.name, "bold"), f"  {plain_line(preset.description)}\n"))
    for persona in preset.personas:
        screen.show(section(plain_line(persona.name), *_lens(persona)))
    return DONE


def _library(desk: Desk) -> PresetLibrary:
    library = load_presets(user_presets_dir())
    for fault in library.faults:
        desk.screen.warn(str(fault))
    return library


def _lens(persona: Persona) -> list[RenderableType]:
    summary = [Text(plain_line(persona.summary), style=FAINT)] if persona.summary else []
    return [*summary, Text(" ".join(plain(persona.lens).split()))]


def _entry(preset: Preset, in_force: str) -> dict[str, JsonValue]:
    return {**preset.model_dump(mode="json"), "in_force": preset.name == in_force}
