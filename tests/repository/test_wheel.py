"""The comparison of a wheel with the source tree, tried on contents that are right and wrong."""

from pathlib import Path

import pytest

from tests.repository.wheel import ROOT, expected_files, faults


@pytest.fixture
def sound() -> dict[str, bytes]:
    info = "magi_mcp-0.1.0.dist-info"
    return {
        **expected_files(ROOT),
        f"{info}/entry_points.txt": b"[console_scripts]\nmagi-mcp = magi_mcp.cli.main:main\n",
        f"{info}/licenses/LICENSE": (ROOT / "LICENSE").read_bytes(),
        f"{info}/METADATA": b"Name: magi-mcp\n",
    }


def test_a_wheel_that_carries_the_tree_has_no_faults(sound: dict[str, bytes]) -> None:
    assert list(faults(sound, ROOT)) == []


@pytest.mark.parametrize(
    "name", ["magi_mcp/_presets/eva.toml", "magi_mcp/prompts/yes_no.md", "magi_mcp/service.py"]
)
def test_a_preset_prompt_or_module_left_out_is_named(sound: dict[str, bytes], name: str) -> None:
    del sound[name]
    assert list(faults(sound, ROOT)) == [f"{name} is missing"]


def test_a_file_that_differs_from_the_tree_is_named(sound: dict[str, bytes]) -> None:
    sound["magi_mcp/_presets/eva.toml"] += b"# later"
    assert list(faults(sound, ROOT)) == ["magi_mcp/_presets/eva.toml differs from the source tree"]


def test_tests_have_no_place_in_a_wheel(sound: dict[str, bytes]) -> None:
    sound["tests/__init__.py"] = b""
    assert list(faults(sound, ROOT)) == ["tests/__init__.py has no place in a wheel"]


def test_a_wheel_without_its_command_or_licence_says_so(sound: dict[str, bytes]) -> None:
    bare = {name: text for name, text in sound.items() if ".dist-info/" not in name}
    assert list(faults(bare, ROOT)) == [
        "entry_points.txt does not name the command magi-mcp",
        "licenses/LICENSE is missing or differs from the source tree",
    ]


def test_expected_files_leave_out_what_python_caches(tmp_path: Path) -> None:
    package = tmp_path / "magi_mcp"
    (package / "__pycache__").mkdir(parents=True)
    (package / "__pycache__" / "a.cpython-311.pyc").write_bytes(b"")
    (package / "a.py").write_bytes(b"1")
    assert expected_files(tmp_path) == {"magi_mcp/a.py": b"1"}
