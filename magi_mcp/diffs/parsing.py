"""Diffs: reading a unified diff, with the library `unidiff`. Pure.

Text that is not UTF-8 is read as Latin-1, file by file: it then shows every byte as something,
and the file's notes say so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchedFile, PatchSet

from magi_mcp.core.errors import CallerError
from magi_mcp.core.reviewing.change import ChangedFile, FileChange, Hunk
from magi_mcp.diffs.paths import DEV_NULL, shown, stripped, unquoted

ARGUMENT = "diff"
MAX_DIFF_BYTES = 4_000_000
MAX_DIFF_FILES = 1_000
TOO_LONG = (
    "has more than {size} MB; review it in steps, by naming paths or a nearer revision to compare "
    "with."
)
TOO_MANY = (
    "changes {count} files, and at most {most} are reviewed at once; review it in steps, by "
    "naming paths or a nearer revision to compare with."
)

_COMBINED = re.compile(r"^(?:diff --(?:cc|combined) |@@@+ )", re.MULTILINE)
_CONVERTED = re.compile(r"^(?:diff --git .*|--- .*|@@ -[0-9,]+ \+[0-9,]+ @@.*)\r$", re.MULTILINE)
_WORTH_TELLING = {"120000": "a symbolic link", "160000": "a submodule"}


@dataclass(frozen=True)
class ParsedFile:
    """A file of a diff. ``binary`` ones and ``submodule`` pointers have no lines to show.

    ``names`` are all that the diff has for it: a plain one compares two files and calls that no
    rename.
    """

    file: ChangedFile
    binary: bool = False
    submodule: bool = False
    names: tuple[str, ...] = ()


def parse_diff(data: bytes | str) -> tuple[ParsedFile, ...]:
    """The files of a unified diff, in its order.

    Raises ``CallerError`` for what is none, for one of a merge, and for one that is too long.
    """
    text = _text(data)
    if not text.strip():
        raise CallerError(ARGUMENT, "is empty; give the output of `git diff`.")
    if _COMBINED.search(text):
        raise CallerError(
            ARGUMENT,
            "is a combined diff, of a merge with all its parents; give a diff against one of "
            "them, such as the output of `git diff HEAD^1 HEAD`.",
        )
    if _CONVERTED.search(text):
        text = text.replace("\r\n", "\n")
    patch = _patch(text)
    if len(patch) > MAX_DIFF_FILES:
        raise CallerError(ARGUMENT, TOO_MANY.format(count=len(patch), most=MAX_DIFF_FILES))
    return tuple(map(_parsed, patch))


def _text(data: bytes | str) -> str:
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    if len(raw) > MAX_DIFF_BYTES:
        raise CallerError(ARGUMENT, TOO_LONG.format(size=MAX_DIFF_BYTES // 1_000_000))
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):  # as some shells write what they redirect
        return raw.decode("utf-16", "replace")
    text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    return text if text.endswith("\n") else f"{text}\n"


@dataclass
class _Lines:
    """The lines of a text one by one, and how many have been taken."""

    text: str
    taken: int = 0

    def __iter__(self) -> Iterator[str]:
        for line in self.text.split("\n")[:-1]:
            self.taken += 1
            yield f"{line}\n"
        # Whoever passes a diff on may have cut an empty line off its end.
        yield "\n"


def _patch(text: str) -> PatchSet:
    lines = _Lines(text)
    try:
        patch = PatchSet(iter(lines))
    except UnidiffParseError as fault:
        told = str(fault).partition(":")[0].strip().lower()
        raise CallerError(
            ARGUMENT,
            f"cannot be read near line {lines.taken}: {told}. Give the whole output of "
            "`git diff`, or have it read from the repository.",
        ) from fault
    if not patch:
        raise CallerError(
            ARGUMENT,
            "holds no change to any file in unified form; give the output of `git diff` "
            "or `diff -u`.",
        )
    return patch


def _parsed(patched: PatchedFile) -> ParsedFile:
    header = _Header.of(patched)
    source, target = header.names
    change: FileChange = "modified"
    if source == DEV_NULL:
        change = "added"
    elif target == DEV_NULL:
        change = "deleted"
    elif header.copied:
        change = "copied"
    elif source != target and header.git:
        change = "renamed"
    raw = "".join(line.value for hunk in patched for line in hunk)
    encoded = any("\udc80" <= character <= "\udcff" for character in raw)
    notes = [*_mode_notes(patched), *_text_notes(patched, raw)]
    if encoded:
        notes.append("not UTF-8; read as Latin-1")
    path = source if target == DEV_NULL else target
    moved = change in ("renamed", "copied")
    return ParsedFile(
        file=ChangedFile(
            path=shown(path) or "unnamed",
            change=change,
            old_path=shown(source) if moved else None,
            notes=tuple(notes),
            hunks=tuple(_hunk(hunk, encoded=encoded) for hunk in patched if _has_lines(hunk)),
        ),
        binary=patched.is_binary_file or "\0" in raw,
        submodule=patched.is_submodule,
        names=tuple(name for name in (source, target) if name != DEV_NULL),
    )


@dataclass(frozen=True)
class _Header:
    """What the lines above the hunks say of a file."""

    names: tuple[str, str]
    copied: bool
    git: bool

    @classmethod
    def of(cls, patched: PatchedFile) -> "_Header":
        said = [line.rstrip("\n") for line in patched.patch_info or ()]
        moved = {
            way: line[len(f"{verb} {way} ") :]
            for line in said
            for verb in ("rename", "copy")
            for way in ("from", "to")
            if line.startswith(f"{verb} {way} ")
        }
        copied = any(line.startswith("copy ") for line in said)
        git = any(line.startswith("diff --git ") for line in said)
        if len(moved) == len(("from", "to")):
            return cls((unquoted(moved["from"]), unquoted(moved["to"])), copied, git)
        source, target = stripped([unquoted(patched.source_file), unquoted(patched.target_file)])
        return cls((source, target), copied, git)


def _mode_notes(patched: PatchedFile) -> Iterator[str]:
    source, target = patched.source_mode, patched.target_mode
    if source and target and source != target:
        yield f"mode changed from {source} to {target}"
    elif (target or source) in _WORTH_TELLING:
        yield _WORTH_TELLING[target or source or ""]


def _text_notes(patched: PatchedFile, raw: str) -> Iterator[str]:
    lines = [line for hunk in patched for line in hunk]
    ends = {
        mark: [line.value.endswith("\r\n") for line in lines if line.line_type == mark]
        for mark in ("-", "+")
    }
    if ends["-"] and ends["+"] and all(ends["-"]) != all(ends["+"]):
        old, new = ("CRLF" if all(ends[mark]) else "LF" for mark in ("-", "+"))
        yield f"line ends changed from {old} to {new}"
    elif "\r\n" in raw:
        yield "CRLF line ends"
    for before, line in pairwise(lines):
        if line.line_type == "\\":
            which = {"-": "the old file", "+": "the new file"}.get(before.line_type, "the file")
            yield f"no newline at the end of {which}"


def _has_lines(hunk: ParsedHunk) -> bool:
    return any(line.line_type in ("+", "-", " ") for line in hunk)


def _hunk(hunk: ParsedHunk, *, encoded: bool) -> Hunk:
    # A side without lines is numbered by the line before it.
    return Hunk(
        old_start=max(1, hunk.source_start + (hunk.source_length == 0)),
        new_start=max(1, hunk.target_start + (hunk.target_length == 0)),
        body=tuple(
            line.line_type + _shown(line.value.rstrip("\r\n"), encoded=encoded)
            for line in hunk
            if line.line_type in ("+", "-", " ")
        ),
        section=_shown(hunk.section_header.strip(), encoded=encoded),
    )


def _shown(text: str, *, encoded: bool) -> str:
    """Text of which every byte can be shown, be it read as Latin-1 where it is not UTF-8."""
    if encoded:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
