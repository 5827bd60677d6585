"""Server: the presets of personas, as pages in Markdown. Pure."""

from magi_mcp.core.markup import cell, escaped, inline, paragraphs
from magi_mcp.personas import Preset, PresetLibrary
from magi_mcp.server.addresses import PERSONAS

_MAX_CELL = 200
_WHAT_FOR = (
    "A preset deals one lens to each seat. Name one in `personas`, or `none` for questions of "
    "fact, where lenses cost accuracy."
)


def all_presets(library: PresetLibrary) -> str:
    """Every preset in a line, with a link to its lenses, and what is wrong with others."""
    lines = [
        "# Personas",
        "",
        _WHAT_FOR,
        "",
        "| Preset | What it is for | Personas |",
        "|---|---|---|",
        *(_row(preset) for preset in library.presets.values()),
    ]
    if library.faults:
        lines += ["", "## Files that cannot be used", ""]
        lines += [f"- {inline(str(fault))}" for fault in library.faults]
    return "\n".join(lines) + "\n"


def one_preset(preset: Preset) -> str:
    """The lenses of a preset in full, in the order in which seats take them."""
    lines = [f"# {escaped(preset.name)}", "", inline(preset.description)]
    for persona in preset.personas:
        lines += ["", f"## {inline(persona.name)}"]
        if persona.summary:
            lines += ["", inline(persona.summary)]
        lines += paragraphs(persona.lens)
    return "\n".join(lines) + "\n"


def _row(preset: Preset) -> str:
    names = ", ".join(persona.name for persona in preset.personas)
    link = f"[{preset.name}]({PERSONAS}/{preset.name})"
    return f"| {link} | {cell(preset.description, _MAX_CELL)} | {cell(names, _MAX_CELL)} |"
