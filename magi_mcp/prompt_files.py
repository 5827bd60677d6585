"""Edge: the prompt templates that ship with the package, one Markdown file each."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from magi_mcp.core.prompts import PLACEHOLDERS


@cache
def shipped_prompts() -> Mapping[str, str]:
    """The text of every template by name."""
    folder = files("magi_mcp").joinpath("prompts")
    return {
        name: folder.joinpath(f"{name}.md").read_text(encoding="utf-8") for name in PLACEHOLDERS
    }
