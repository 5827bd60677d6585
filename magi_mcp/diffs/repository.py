"""Diffs: a change as a repository tells it: what is uncommitted, staged, or between revisions.

Uncommitted is whatever the next commit could hold: staged, unstaged, and files that git does not
know yet unless they are ignored. All paths are checked to lie within the repository, and no link
is followed out of it.
"""

import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.reviewing.change import ChangedFile, Hunk, Skipped
from magi_mcp.core.words import shortened
from magi_mcp.diffs.git import Git, GitFailed, check_revision
from magi_mcp.diffs.ownership import check_listed, check_own
from magi_mcp.diffs.parsing import (
    MAX_DIFF_BYTES,
    MAX_DIFF_FILES,
    TOO_LONG,
    TOO_MANY,
    ParsedFile,
    parse_diff,
)
from magi_mcp.diffs.paths import shown
from magi_mcp.documents.opening import contents
from magi_mcp.documents.roots import Place

UNCOMMITTED = "uncommitted"
STAGED = "staged"
_NAME = 80
MAX_FILE_BYTES = 1_000_000
"""A larger file is not read for the code around a hunk; a new one that git does not know is
skipped."""

_BETWEEN = re.compile(r"(?P<base>[^.].*?)(?P<dots>\.{2,3})(?P<head>.*)", re.DOTALL)
_DIFF = (
    "diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--full-index",
    "--find-renames", "--ignore-submodules=dirty", "--submodule=short", "--unified=3",
    "--inter-hunk-context=0", "--src-prefix=a/", "--dst-prefix=b/",
)  # fmt: skip
_ATTRIBUTES = ("filter", "linguist-generated", "linguist-vendored")


@dataclass(frozen=True)
class Read:
    """A change with its title, and what was left out of it while it was read.

    ``contents`` gives the lines of a file as it is after the change, None where it is not to be
    had.
    """

    title: str
    files: tuple[ParsedFile, ...]
    skipped: tuple[Skipped, ...]
    contents: "Contents"


@dataclass(frozen=True)
class Contents:
    """Where files stand as they are after the change: in the work tree, the index or a commit."""

    repository: "Repository"
    revision: str | None
    """None for the work tree, "" for the index."""

    def lines_of(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """The lines of files by path, as far as they are text of a readable size."""
        if self.revision is None:
            texts = {path: self.repository.work_file(path) for path in paths}
        else:
            texts = self.repository.blobs(self.revision, paths)
        return {
            path: _decoded(data).replace("\r\n", "\n").split("\n")
            for path, data in texts.items()
            if data is not None and b"\0" not in data
        }


class Repository:
    """A git repository with a work tree. Its methods block: they belong into a thread."""

    def __init__(self, git: Git, top: Path) -> None:
        self.top = top
        self._git = git

    @classmethod
    def at(cls, folder: Path, within: Path | None = None) -> "Repository":
        """The repository that a folder lies in; ``within`` is the open folder, if not all are.

        Raises ``CallerError`` where it lies in none, and where that is another's.
        """
        if not folder.is_dir():
            raise CallerError("repo", f"{quoted(str(folder))} is no folder.")
        git = Git(folder.resolve())
        git.check_version()
        try:
            top, own = git.text("rev-parse", "--show-toplevel", "--absolute-git-dir").split("\n")
            there = Git(Path(top)).text("rev-parse", "--absolute-git-dir") if top else ""
        except GitFailed as fault:
            raise CallerError(
                "repo",
                f"{quoted(str(folder))} is in no git repository with a work tree of its own "
                f"({fault.detail}); name a folder of one, or give a diff as text.",
            ) from fault
        # A repository can claim a work tree that is not its own, such as a home folder.
        work_tree = Path(top).resolve()
        if there != own or not git.folder.is_relative_to(work_tree):
            raise CallerError(
                "repo",
                f"{quoted(str(folder))}: its repository claims the work tree {quoted(top)}, which "
                "is not its own; give a diff as text.",
            )
        repository = cls(Git(work_tree).unfiltered(), work_tree)
        repository._check_own(Path(own), within)
        return repository

    def read(
        self,
        changes: str,
        paths: Sequence[str],
        start: Path | None = None,
        within: Path | None = None,
    ) -> Read:
        """The change that ``changes`` names, of these paths alone; of all for none.

        Relative paths count from ``start``, by default the top of the work tree. Of a repository
        that goes beyond the folder ``within``, only what lies in it is read. Raises
        ``CallerError`` for what the caller can mend.
        """
        bounds = self.top if within is None or self.top.is_relative_to(within) else within
        asked = paths or ([str(bounds)] if bounds != self.top else [])
        inside = self._within(asked, start or self.top, bounds)
        skipped: tuple[Skipped, ...] = ()
        files: tuple[ParsedFile, ...]
        if changes in (UNCOMMITTED, STAGED):
            head = self._commit("HEAD") or self._nothing()
            cached = ["--cached"] if changes == STAGED else []
            files = self._diff([*cached, head], inside)
            revision = "" if changes == STAGED else None
            title = f"{changes} changes"
            if changes == UNCOMMITTED:
                new, skipped = self._untracked(inside, len(files))
                files = (*files, *new)
        else:
            base, revision, title = self._between(changes)
            files = self._diff([base, revision], inside)
        if not files and not skipped:
            raise _nothing_changed(changes, paths)
        return Read(
            f"{title} of {shortened(self.top.name, _NAME)}",
            *self._attributed(files, skipped),
            contents=Contents(self, revision),
        )

    def work_file(self, path: str) -> bytes | None:
        """A file of the work tree; None for what is no ordinary file of a readable size in it."""
        place = self.top / path
        try:
            if place.parent.resolve() != self.top / Path(path).parent:
                return None
            found = place.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_FILE_BYTES:
                return None
            return contents(path, Place(self.top, place))
        except (OSError, CallerError):
            return None

    def blobs(self, revision: str, paths: Sequence[str]) -> dict[str, bytes | None]:
        """Files as they stand in a commit, or with "" in the index."""
        named = [path for path in paths if "\n" not in path]
        asked = "".join(f"{revision}:{path}\n" for path in named)
        given = asked.encode("utf-8", "surrogateescape")
        try:
            output = self._git.run("cat-file", "--batch", given=given)
        except GitFailed:
            return {}
        return dict(zip(named, _batch(output), strict=False))

    def _diff(self, revisions: Sequence[str], within: Sequence[str]) -> tuple[ParsedFile, ...]:
        # Of an index nobody checks what git reads for it: every file of this machine may be listed.
        named = ("diff", "--name-only", "-z", *_DIFF[1:], "--no-renames", *revisions)
        try:
            listed = self._git.run(*named, "--", *within)
            check_listed(self.top, listed.decode("utf-8", "surrogateescape"))
            output = self._git.run(*_DIFF, *revisions, "--", *within, most=MAX_DIFF_BYTES)
        except GitFailed as fault:
            raise CallerError("repo", f"git cannot compare: {fault.detail}") from fault
        if len(output) > MAX_DIFF_BYTES:
            raise CallerError(
                "changes", f"the diff {TOO_LONG.format(size=MAX_DIFF_BYTES // 1_000_000)}"
            )
        files = parse_diff(output) if output.strip() else ()
        # A file that was only touched is listed too, since the index is not refreshed for us.
        return tuple(each for each in files if not _is_only_touched(each))

    def _untracked(
        self, within: Sequence[str], known: int
    ) -> tuple[tuple[ParsedFile, ...], tuple[Skipped, ...]]:
        """Files that git does not know, as if each had been added whole."""
        listed = self._git.run("ls-files", "-z", "--others", "--exclude-standard", "--", *within)
        names = listed.decode("utf-8", "surrogateescape").split("\0")
        paths = [name for name in names if name and not name.endswith("/")]
        if known + len(paths) > MAX_DIFF_FILES:
            raise CallerError(
                "changes",
                TOO_MANY.format(count=known + len(paths), most=MAX_DIFF_FILES)
                + " Files that git does not know count; .gitignore leaves them out.",
            )
        files: list[ParsedFile] = []
        skipped: list[Skipped] = []
        for path in paths:
            data = self.work_file(path)
            if data is None:
                why = "new to git, and no ordinary file of at most 1 MB"
                skipped.append(Skipped(file=shown(path), why=why))
            else:
                files.append(_added(shown(path), data))
        return tuple(files), tuple(skipped)

    def _check_own(self, own: Path, within: Path | None) -> None:
        common = self._git.text("rev-parse", "--path-format=absolute", "--git-common-dir")
        try:
            claimed = self._git.text("config", "--file", str(own / "config"), "core.worktree")
        except GitFailed:  # as of most repositories: the work tree is where they lie
            claimed = ""
        claims = bool(claimed) and (own / claimed).resolve() == self.top
        check_own(self.top, own, Path(common), claims=claims, opened=within)

    def _between(self, changes: str) -> tuple[str, str, str]:
        """The commits to compare, and what that is called."""
        found = _BETWEEN.fullmatch(changes)
        if found is None:
            raise CallerError(
                "changes",
                f"{quoted(changes)} is none of {UNCOMMITTED!r}, {STAGED!r} and two revisions "
                "such as 'main...HEAD'.",
            )
        base, head = self._known(found["base"]), self._known(found["head"] or "HEAD")
        if found["dots"] == "...":
            try:
                base = self._git.text("merge-base", base, head).splitlines()[0]
            except GitFailed as fault:
                raise CallerError(
                    "changes",
                    f"{quoted(found['base'])} and {quoted(found['head'] or 'HEAD')} have no commit "
                    "in common here; a shallow clone may lack it (git fetch --unshallow).",
                ) from fault
        return base, head, changes

    def _known(self, revision: str) -> str:
        check_revision("changes", revision)
        commit = self._commit(revision)
        if commit is None:
            raise CallerError(
                "changes",
                f"{quoted(revision)} is no revision of this repository; give a branch, a tag or a "
                "commit that is there (git fetch brings those of a remote).",
            )
        return commit

    def _commit(self, revision: str) -> str | None:
        try:
            return self._git.text(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"
            )
        except GitFailed:
            return None

    def _nothing(self) -> str:
        """The tree without files, which a first commit is compared with."""
        return self._git.text("hash-object", "-t", "tree", "--stdin")

    def _within(self, paths: Sequence[str], start: Path, bounds: Path) -> list[str]:
        within = []
        for path in paths:
            if not path.strip() or "\0" in path:
                raise CallerError("paths", f"{quoted(path)} is not a path.")
            # A link is a file of its own; only the folders on the way to it are looked through.
            place = start / path
            place = (
                place.parent.resolve() / place.name
                if place.name not in ("", "..")
                else (place.resolve())
            )
            if not (place.is_relative_to(self.top) and place.is_relative_to(bounds)):
                where = "repository" if bounds == self.top else "folders that are open"
                raise CallerError("paths", f"{quoted(path)} lies outside of the {where}.")
            within.append(place.relative_to(self.top).as_posix())
        return within

    def _attributed(
        self, files: Sequence[ParsedFile], skipped: Sequence[Skipped]
    ) -> tuple[tuple[ParsedFile, ...], tuple[Skipped, ...]]:
        """The files without those that the repository says are not to be read."""
        given = "\0".join(each.file.path for each in files).encode("utf-8", "surrogateescape")
        if not given:
            return tuple(files), tuple(skipped)
        told = self._git.run("check-attr", "-z", "--stdin", *_ATTRIBUTES, given=given + b"\0")
        fields = told.decode("utf-8", "replace").split("\0")
        why: dict[str, str] = {}
        for path, name, value in zip(fields[::3], fields[1::3], fields[2::3], strict=False):
            reason = _attribute(name, value)
            if reason:
                why.setdefault(path, reason)
        return (
            tuple(each for each in files if each.file.path not in why),
            (*skipped, *(Skipped(file=path, why=reason) for path, reason in why.items())),
        )


def _is_only_touched(parsed: ParsedFile) -> bool:
    file = parsed.file
    shown = bool(file.hunks or file.notes or parsed.binary or parsed.submodule)
    return file.change == "modified" and not shown


def _attribute(name: str, value: str) -> str | None:
    if value in ("unspecified", "unset", "false"):
        return None
    match name:
        case "filter":
            return f"it is kept through the filter {value!r}, which is not run"
        case "linguist-generated":
            return "generated by a program, as .gitattributes says"
        case _:
            return "vendored, as .gitattributes says"


def _batch(output: bytes) -> Iterator[bytes | None]:
    """The objects in the output of ``git cat-file --batch``; None for each that is missing."""
    at = 0
    while at < len(output):
        end = output.index(b"\n", at)
        head = output[at:end].rsplit(b" ", 2)
        at = end + 1
        if len(head) < 3 or not head[2].isdigit():
            yield None
            continue
        size = int(head[2])
        yield output[at : at + size] if size <= MAX_FILE_BYTES and head[1] == b"blob" else None
        at += size + 1


def _added(path: str, data: bytes) -> ParsedFile:
    if b"\0" in data:
        return ParsedFile(ChangedFile(path=path, change="added"), binary=True)
    try:
        text, notes = data.decode("utf-8"), ["new to git"]
    except UnicodeDecodeError:
        text, notes = data.decode("latin-1"), ["new to git", "not UTF-8; read as Latin-1"]
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[-1]:
        notes.append("no newline at the end of the new file")
    else:
        del lines[-1]
    body = tuple(f"+{line}" for line in lines)
    hunks = (Hunk(old_start=1, new_start=1, body=body),) if body else ()
    return ParsedFile(ChangedFile(path=path, change="added", notes=tuple(notes), hunks=hunks))


def _decoded(data: bytes) -> str:
    """Text as the parser of diffs reads it: what is not UTF-8 as Latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _nothing_changed(changes: str, paths: Iterable[str]) -> CallerError:
    where = f" under {', '.join(map(quoted, paths))}" if paths else ""
    match changes:
        case "staged":
            what = (
                f"nothing is staged{where}; stage it with `git add`, or review what is uncommitted."
            )
        case "uncommitted":
            what = (
                f"nothing is uncommitted{where}; to review commits, give two revisions such as "
                "'main...HEAD' (on the command line: --base main)."
            )
        case _:
            what = f"{quoted(changes)} holds no change{where}."
    return CallerError("changes", what)
