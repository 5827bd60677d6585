"""Edge: prompt templates, one Markdown file each: those of the package, and a user's own.

Whatever could break a prompt is refused here by name, before anybody is asked: an override
has to name exactly the placeholders of the template it replaces.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template

from magi_mcp.core.errors import CallerError, unknown_name
from magi_mcp.core.prompts import PLACEHOLDERS
from magi_mcp.core.seeding import digest

ARGUMENT = "prompts_dir"
_SUFFIX = ".md"


@dataclass(frozen=True)
class Prompts:
    """The text of every template by name, and the digest of each that was overridden."""

    templates: Mapping[str, str]
    overrides: Mapping[str, str] = field(default_factory=dict)


@cache
def shipped_prompts() -> Mapping[str, str]:
    """The text of every template by name."""
    folder = files("magi_mcp").joinpath("prompts")
    return {
        name: folder.joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")
        for name in PLACEHOLDERS
    }


def prompts_in(folder: Path | None) -> Prompts:
    """The shipped templates, those in ``folder`` in place of their namesakes.

    Hidden files and folders in it are left alone. Raises ``CallerError`` for a folder or file
    that cannot be read, a file that is no template's, and a template whose placeholders are
    not those of the one it replaces.
    """
    if folder is None:
        return Prompts(shipped_prompts())
    own = {path.stem: _template(path) for path in _files(folder)}
    return Prompts(
        templates={**shipped_prompts(), **own},
        overrides={name: digest(text) for name, text in sorted(own.items())},
    )


def _files(folder: Path) -> Iterable[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CallerError(
            ARGUMENT, f"{str(folder)!r} cannot be read as a folder: {error.strerror}."
        ) from error
    for path in found:
        if path.suffix != _SUFFIX and path.is_dir():
            continue
        if path.suffix != _SUFFIX or path.stem not in PLACEHOLDERS:
            valid = [f"{name}{_SUFFIX}" for name in PLACEHOLDERS]
            raise unknown_name(ARGUMENT, path.name, valid)
        yield path


def _template(path: Path) -> str:
    """The text of one file. Raises ``CallerError`` that names it and what is wrong with it."""
    try:
        if not path.is_file():
            raise _refusal(path, "is not a file")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise _refusal(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 at byte {error.start}; save it in that encoding"
        raise _refusal(path, problem) from error
    if not text.strip():
        raise _refusal(path, "is blank")
    _check_placeholders(path, text)
    return text


def _check_placeholders(path: Path, text: str) -> None:
    needed = PLACEHOLDERS[path.stem]
    named: set[str] = set()
    for found in Template.pattern.finditer(text):
        if found["escaped"] is not None:
            continue
        line = text.count("\n", 0, found.start()) + 1
        name = found["named"] or found["braced"]
        if name is None:
            problem = "has a '$' that begins no placeholder; write '$$' for the sign"
            raise _refusal(path, f"{problem}. {_valid(needed)}", line)
        if name not in needed:
            near = get_close_matches(name.casefold(), needed, n=1)
            guess = f" Did you mean ${near[0]}?" if near else ""
            problem = f"names ${name}, which is no placeholder.{guess} {_valid(needed)}"
            raise _refusal(path, problem, line)
        named.add(name)
    missing = sorted(needed - named)
    if missing:
        lacking = ", ".join(f"${name}" for name in missing)
        raise _refusal(path, f"lacks {lacking}. {_valid(needed)}")


def _valid(needed: Iterable[str]) -> str:
    names = ", ".join(f"${name}" for name in sorted(needed))
    return f"It has to name: {names}" if names else "It takes no placeholders"


def _refusal(path: Path, problem: str, line: int | None = None) -> CallerError:
    place = path.name if line is None else f"{path.name}, line {line},"
    return CallerError(ARGUMENT, f"{place} {problem}.")
