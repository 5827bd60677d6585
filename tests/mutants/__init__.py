"""Mistakes of other councils, planted in a copy of the code, which the tests have to notice.

A few are planted in every run; all of them by ``uv run pytest -m soak tests/mutants``.
"""
