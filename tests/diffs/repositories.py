"""Git repositories made for a test, in folders of its own."""

import hashlib
import os
import subprocess
from pathlib import Path

IDENTITY = {
    "GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "n@example.org", "GIT_COMMITTER_NAME": "n",
    "GIT_COMMITTER_EMAIL": "n@example.org", "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


class Repo:
    """A repository at ``path``, with a first commit if any files are given."""

    def __init__(self, path: Path, files: dict[str, str | bytes] | None = None) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        if files is not None:
            self.write(files)
            self.commit("first")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env={**os.environ, **IDENTITY},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, files: dict[str, str | bytes]) -> None:
        for name, text in files.items():
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def fingerprint(self) -> str:
        """A digest of every file there is, the repository's own and the index among them."""
        whole = hashlib.sha256()
        for place in sorted(self.path.rglob("*")):
            whole.update(str(place.relative_to(self.path)).encode())
            if place.is_symlink():
                whole.update(str(place.readlink()).encode())
            elif place.is_file():
                whole.update(place.read_bytes())
                whole.update(str(place.stat().st_mtime_ns).encode())
        return whole.hexdigest()
