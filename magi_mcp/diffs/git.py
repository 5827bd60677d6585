"""Diffs: running git in a repository that is not trusted. Reads only.

A repository's own configuration can name programs: hooks, filters, a file-system monitor, diff
drivers, helpers of remotes. None of them is run: what can be named is overridden for each call,
the filters by their names; no remote is ever asked for missing objects; the index is not
refreshed. Git is given arguments, never a shell's line.
"""

import os
import re
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.words import shortened

TIMEOUT_S = 30.0
"""One call of git may take so long."""

MAX_OUTPUT_BYTES = 32_000_000
LEAST_VERSION = (2, 31)
"""The first that takes configuration from its environment, whatever characters are in a name."""

_FIXED: Mapping[str, str] = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.untrackedCache": "false",
    "core.quotePath": "false",
    "core.pager": "cat",
    "core.alternateRefsCommand": "",
    "diff.autoRefreshIndex": "false",
    "diff.external": "",
    "diff.suppressBlankEmpty": "false",
    "diff.orderFile": os.devnull,
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "submodule.recurse": "false",
}
_KEPT = ("GIT_CONFIG_SYSTEM", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")
"""Where the user's own configuration lies, which is trusted; all else of git's is left out."""

_VERSION = re.compile(r"(\d+)\.(\d+)")


class GitFailed(Exception):
    """Git ended with an error; ``detail`` is what it said, on one line."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


@dataclass(frozen=True)
class Git:
    """Git in one folder. Calls block: they belong into a thread."""

    folder: Path
    _more: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, given: bytes = b"", most: int = MAX_OUTPUT_BYTES) -> bytes:
        """What git writes, at most one byte more than ``most``: then it was stopped.

        Raises ``GitFailed`` where it ends with an error, ``CallerError`` where it cannot be run,
        is too old or takes too long.
        """
        command = ["git", "--no-pager", "--literal-pathspecs", *arguments]
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as stdin:
            stdin.write(given)
            stdin.seek(0)
            try:
                process = subprocess.Popen(  # noqa: S603  (arguments are checked by callers)
                    command,
                    cwd=self.folder,
                    env=self._environment,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=said,
                )
            except FileNotFoundError:
                raise CallerError(
                    "repo", "git is not installed here; install it, or give the diff as text."
                ) from None
            output, in_time = _output(process, most)
            if not in_time:
                raise CallerError(
                    "repo", f"git took more than {TIMEOUT_S:g} s; name paths, or give a diff."
                )
            if process.returncode and len(output) <= most:
                said.seek(0)
                raise GitFailed(
                    shortened(one_line(said.read(4_000).decode("utf-8", "replace")), 300)
                )
        return output

    def text(self, *arguments: str) -> str:
        """The same as text, without the line end it closes with."""
        return self.run(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    def unfiltered(self) -> "Git":
        """The same with every filter that any configuration names overridden.

        Raises as ``run`` does.
        """
        try:
            listed = self.text("config", "--list", "--name-only", "-z").split("\0")
        except GitFailed as fault:
            raise CallerError(
                "repo", f"its configuration cannot be read: {fault.detail}"
            ) from fault
        filters = {key.rpartition(".")[0] for key in listed if key.startswith("filter.")}
        off = {"clean": "", "smudge": "", "process": "", "required": "false"}
        more = {f"{name}.{key}": value for name in sorted(filters) for key, value in off.items()}
        return Git(self.folder, more)

    def check_version(self) -> None:
        """Raises ``CallerError`` where git is missing or older than what is needed."""
        found = _VERSION.search(self.text("version"))
        if found is None or (int(found[1]), int(found[2])) < LEAST_VERSION:
            least = ".".join(map(str, LEAST_VERSION))
            raise CallerError(
                "repo", f"git {least} or newer is needed to read a repository; give a diff as text."
            )

    @cached_property
    def _environment(self) -> dict[str, str]:
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GIT_") or name in _KEPT
        }
        settings = {**_FIXED, **self._more}
        return {
            **own,
            "LC_ALL": "C",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_CONFIG_COUNT": str(len(settings)),
            **{f"GIT_CONFIG_KEY_{n}": key for n, key in enumerate(settings)},
            **{f"GIT_CONFIG_VALUE_{n}": value for n, value in enumerate(settings.values())},
        }


def check_revision(argument: str, revision: str) -> None:
    """Raises ``CallerError`` for what git could take for an option, or cannot be a revision."""
    if not revision.strip():
        raise CallerError(argument, "names no revision; give a branch, a tag or a commit.")
    if revision.startswith("-") or any(c.isspace() or not c.isprintable() for c in revision):
        raise CallerError(
            argument,
            f"{quoted(revision)} cannot be a revision; give a branch, a tag or a commit.",
        )


def _output(process: "subprocess.Popen[bytes]", most: int) -> tuple[bytes, bool]:
    """What a process writes, and whether it ended in time. It has ended when this returns."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(TIMEOUT_S, stop)
    timer.start()
    try:
        assert process.stdout is not None, "its output is piped"
        with process.stdout as pipe:
            output = pipe.read(most + 1)
            if len(output) > most:
                process.kill()
        process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
    return output, not late.is_set()
