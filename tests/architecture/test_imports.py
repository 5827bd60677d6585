"""The core is pure, and imports point inwards. Architecture "Direction"."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "magi_mcp" / "core"
IMPURE = frozenset(
    "anyio asyncio litellm mcp sqlite3 httpx structlog tenacity typer rich platformdirs".split()
)


def modules_of(package: Path) -> list[str]:
    """The dotted names of a package and everything below it."""
    files = sorted(package.rglob("*.py"))
    names = [file.relative_to(ROOT).with_suffix("").parts for file in files]
    return [".".join(parts).removesuffix(".__init__") for parts in names]


def loaded_by(module: str) -> set[str]:
    """The top-level modules that a fresh process has loaded after importing ``module``."""
    program = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    names: list[str] = json.loads(done.stdout)
    return {name.partition(".")[0] for name in names}


def test_importing_the_whole_core_in_a_fresh_process_loads_nothing_impure() -> None:
    everything = ", ".join(modules_of(CORE))
    loaded = loaded_by(everything)
    assert "pydantic" in loaded
    assert not loaded & IMPURE


def test_the_search_for_impure_modules_can_find_one() -> None:
    assert "anyio" in loaded_by("magi_mcp.runtime.live") & IMPURE


@pytest.mark.parametrize("module", ["magi_mcp", "magi_mcp.ports"])
def test_the_package_and_its_ports_are_as_light_as_the_core(module: str) -> None:
    assert not loaded_by(module) & IMPURE


def test_no_surface_loads_the_library_of_models_when_it_is_imported() -> None:
    for module in ("magi_mcp.server.app", "magi_mcp.cli.main", "magi_mcp.wiring"):
        assert "litellm" not in loaded_by(module), module


def test_the_contract_on_litellm_names_every_module_but_the_one() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (bound,) = (
        contract["source_modules"]
        for contract in contracts["tool"]["importlinter"]["contracts"]
        if contract["name"] == "Only one module imports litellm"
    )
    free = {
        module
        for module in modules_of(ROOT / "magi_mcp")
        if not any(f"{module}.".startswith(f"{name}.") for name in bound)
    }
    assert free == {"magi_mcp", "magi_mcp.seats", "magi_mcp.seats.litellm"}


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout
