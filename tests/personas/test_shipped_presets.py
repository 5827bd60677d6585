"""The presets that come with magi-mcp, and where they are found."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from magi_mcp.personas import Persona, load_presets, shipped_presets_dir, user_presets_dir

PRESETS = ["code-review", "eva", "research", "strategy", "writing"]
SHIPPED = load_presets()
PERSONAS = [
    pytest.param(persona, id=f"{preset.name}-{persona.name}")
    for preset in SHIPPED.presets.values()
    for persona in preset.personas
]


def test_every_shipped_preset_loads_without_a_fault() -> None:
    assert SHIPPED.faults == ()
    assert list(SHIPPED.presets) == PRESETS


def test_eva_seats_melchior_balthasar_and_casper_in_that_order() -> None:
    names = [persona.name for persona in SHIPPED.get("eva").personas]
    assert names == ["Melchior", "Balthasar", "Casper"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_shipped_preset_has_a_persona_for_each_of_three_seats(name: str) -> None:
    assert len(SHIPPED.get(name).personas) == 3


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_shipped_lens_is_short_enough_to_pay_for_and_long_enough_to_matter(
    persona: Persona,
) -> None:
    assert 40 <= len(persona.lens.split()) <= 90
    assert persona.summary is not None


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_shipped_lens_says_what_to_distrust_and_announces_no_identity(persona: Persona) -> None:
    assert "Distrust" in persona.lens
    assert not re.search(r"\b(you are|your name|as an? \w+,|i am)\b", persona.lens.casefold())
    assert persona.name.casefold() not in persona.lens.casefold()


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_shipped_lens_names_no_model(persona: Persona) -> None:
    models = r"\b(gpt|claude|gemini|llama|mistral|qwen|deepseek|grok|openai|anthropic|google)\b"
    assert not re.search(models, f"{persona.name} {persona.summary} {persona.lens}".casefold())


def test_in_a_wheel_the_presets_lie_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "magi_mcp"
    (package / "_presets").mkdir(parents=True)
    (tmp_path / "personas").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert shipped_presets_dir(package) == package / "_presets"


def test_in_the_source_tree_the_presets_lie_beside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "magi_mcp"
    package.mkdir()
    (tmp_path / "personas").mkdir()
    (tmp_path / "pyproject.toml").touch()
    assert shipped_presets_dir(package) == tmp_path / "personas"


def test_a_strangers_package_called_personas_is_not_taken_for_presets(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "magi_mcp"
    package.mkdir(parents=True)
    (package.parent / "personas").mkdir()
    with pytest.raises(FileNotFoundError, match="install it again"):
        shipped_presets_dir(package)


def test_the_users_presets_lie_in_the_configuration_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        assert user_presets_dir() == tmp_path / "magi-mcp" / "personas"
    assert user_presets_dir().parts[-2:] == ("magi-mcp", "personas")


def test_reading_presets_loads_none_of_the_slow_libraries() -> None:
    code = (
        "import sys; from magi_mcp.personas import load_presets; load_presets();"
        "print(*sorted({'litellm', 'mcp', 'anyio', 'asyncio', 'sqlite3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
