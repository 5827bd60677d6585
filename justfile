# What a developer runs; needs uv. `just` alone lists the recipes.

_list:
    @just --list

# Everything a change has to pass: format, lint, types, import directions, tests.
check:
    uv run ruff format --check .
    uv run ruff check .
    uv run mypy
    uv run lint-imports
    uv run pytest

# The tests, or some of them: `just test tests/core -k tally`.
test *arguments:
    uv run pytest {{arguments}}

# Writes the published JSON Schemas anew, after a wanted change of what results hold.
schemas:
    uv run python -m magi_mcp.server.complete_schemas schemas

# The long runs: every one of the tests that take too long for every change.
soak:
    uv run pytest -m soak

# Plants every known mistake of other councils in a copy of the code; the tests must notice each.
mutants:
    uv run pytest -m soak tests/mutants

# The properties, tried on some ten thousand generated cases more.
search factor="13":
    MAGI_SEARCH={{factor}} uv run pytest tests/properties

# Figures, not tests: nothing here fails because it is slow.
bench:
    uv run python -m benchmarks.core
    uv run python -m benchmarks.startup
    uv run python -m benchmarks.deliberation
    uv run python -m benchmarks.throughput
    uv run python -m benchmarks.review
    uv run python -m benchmarks.http_reads
    uv run python -m benchmarks.tokens

# The whole path with a scripted council; needs no key.
demo:
    uv run magi-mcp demo
