"""What every module of the package says of itself, and how long it may be. Style 3, 8, 13."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "magi_mcp").rglob("*.py"))
MAX_LINES = 400
MAX_BODY_LINES = 50
HALF_BUILT = re.compile(
    r"\b(TODO|FIXME|XXX|NotImplementedError)\b|# type: ignore(?!\[)|# noqa(?!:)"
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def found_in(modules: list[Path], faults: Callable[[Path], list[str]]) -> list[str]:
    """Every fault in some modules, with the module's path."""
    return [
        f"{module.relative_to(ROOT).as_posix()}: {fault}"
        for module in modules
        for fault in faults(module)
    ]


def nodes(module: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(module.read_text(encoding="utf-8"))))


def test_there_are_modules_to_look_at() -> None:
    assert ROOT / "magi_mcp" / "core" / "case.py" in MODULES


def test_every_module_says_what_it_is_for() -> None:
    def silent(module: Path) -> list[str]:
        words = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
        return [] if len(words.split()) >= 3 else [f"docstring {words!r}"]

    assert found_in([module for module in MODULES if module.stat().st_size], silent) == []


def test_every_public_class_says_what_it_is() -> None:
    def silent(module: Path) -> list[str]:
        return [
            node.name
            for node in ast.parse(module.read_text(encoding="utf-8")).body
            if isinstance(node, ast.ClassDef)
            and not node.name.startswith("_")
            and not (ast.get_docstring(node) or "").strip()
        ]

    assert found_in(MODULES, silent) == []


def test_modules_are_short() -> None:
    def too_long(module: Path) -> list[str]:
        lines = len(module.read_text(encoding="utf-8").splitlines())
        return [f"{lines} lines"] if lines > MAX_LINES else []

    assert found_in(MODULES, too_long) == []


def test_functions_are_short() -> None:
    def too_long(module: Path) -> list[str]:
        return [
            f"{node.name} has {lines} lines"
            for node in nodes(module)
            if isinstance(node, Function)
            and (lines := (node.end_lineno or 0) - node.body[0].lineno + 1) > MAX_BODY_LINES
        ]

    assert found_in(MODULES, too_long) == []


def test_nothing_is_half_built() -> None:
    assert found_in(MODULES, lambda m: HALF_BUILT.findall(m.read_text(encoding="utf-8"))) == []


def test_no_exception_is_swallowed_in_silence() -> None:
    def swallowing(module: Path) -> list[str]:
        return [
            f"line {node.lineno}"
            for node in nodes(module)
            if isinstance(node, ast.ExceptHandler) and isinstance(node.body[0], ast.Pass)
        ]

    assert found_in(MODULES, swallowing) == []


def test_the_core_neither_waits_nor_looks_at_the_world() -> None:
    def impure(module: Path) -> list[str]:
        return [
            f"line {node.lineno}: {ast.unparse(node).splitlines()[0]}"
            for node in nodes(module)
            if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith)
            or (isinstance(node, ast.Name) and node.id in ("open", "print", "input", "eval"))
            or (isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today"))
        ]

    core = [module for module in MODULES if "core" in module.parts]
    assert len(core) > 30
    assert found_in(core, impure) == []
