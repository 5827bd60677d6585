"""Compares a built wheel with the source tree it was built from.

`python -m tests.repository.wheel WHEEL` prints what is wrong, or what was checked. The tests
do not build one, because building fetches the build backend.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[2]


def expected_files(root: Path) -> dict[str, bytes]:
    """What a wheel has to carry beside its metadata: path in the wheel -> content."""
    package = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted((root / "magi_mcp").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    presets = {
        f"magi_mcp/_presets/{path.name}": path.read_bytes()
        for path in sorted((root / "personas").glob("*.toml"))
    }
    return package | presets


def faults(found: Mapping[str, bytes], root: Path) -> Iterator[str]:
    """What is missing from a wheel's content, differs from the tree, or has no place there."""
    expected = expected_files(root)
    metadata = {name: found[name] for name in found if ".dist-info/" in name}
    for name, content in expected.items():
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != content:
            yield f"{name} differs from the source tree"
    for name in sorted(set(found) - set(expected) - set(metadata)):
        yield f"{name} has no place in a wheel"
    yield from _metadata_faults(metadata, root)


def _metadata_faults(metadata: Mapping[str, bytes], root: Path) -> Iterator[str]:
    by_name = {name.partition(".dist-info/")[2]: text for name, text in metadata.items()}
    if b"magi-mcp = magi_mcp.cli.main:main" not in by_name.get("entry_points.txt", b""):
        yield "entry_points.txt does not name the command magi-mcp"
    if by_name.get("licenses/LICENSE") != (root / "LICENSE").read_bytes():
        yield "licenses/LICENSE is missing or differs from the source tree"


def contents(wheel: Path) -> dict[str, bytes]:
    """Path in the wheel -> content."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def main(arguments: list[str]) -> int:
    found = contents(Path(arguments[0]))
    wrong = list(faults(found, ROOT))
    for fault in wrong:
        print(f"wheel: {fault}", file=sys.stderr)
    if not wrong:
        print(f"wheel: {len(found)} files, as in the source tree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
