"""The package as a library: few names, each found when it is used, and the example runs."""

import inspect
import subprocess
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path

import pytest

import magi_mcp
from magi_mcp import Request
from magi_mcp.seats.scripts import playbook


def test_every_public_name_is_there_and_they_are_sorted() -> None:
    assert sorted(magi_mcp.__all__) == magi_mcp.__all__
    assert set(magi_mcp.__all__) <= set(dir(magi_mcp))
    for name in magi_mcp.__all__:
        public = getattr(magi_mcp, name)
        assert name == "__version__" or public.__name__ == name
    assert magi_mcp.__version__ == version("magi-mcp")


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'magi_mcp' has no attribute 'deliberate'"):
        _ = magi_mcp.deliberate


def test_importing_the_package_imports_nothing_of_it() -> None:
    program = "import sys, magi_mcp; print([n for n in sys.modules if n.startswith('magi_mcp.')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


async def test_the_example_of_the_docstring_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("MAGI_STORE", f"sqlite:///{tmp_path / 'dossiers.sqlite3'}")
    monkeypatch.setenv("MAGI_SEATS", ",".join(["scripted/demo"] * 3))
    example = inspect.getdoc(magi_mcp) or ""
    lines = [line for line in example.splitlines() if line.startswith("    ")]
    assert len(lines) == 5
    names = {name: getattr(magi_mcp, name) for name in magi_mcp.__all__}
    exec(textwrap.dedent("\n".join(lines)), names)  # noqa: S102  (our own docstring)
    sample = playbook("demo").sample
    request = Request(sample.question, options=sample.options, protocol=sample.protocol)
    told = await names["decided"](request)
    ruling, _, report = told.partition(": ")
    assert ruling in sample.options
    assert report.startswith("# Our export has silently dropped rows")
