"""How far the property tests search: the same bounded cases in every run, more on demand.

``MAGI_SEARCH=20 uv run pytest tests/properties`` tries twenty times as many, at random.
"""

import os

from hypothesis import HealthCheck, settings

_FACTOR = int(os.environ.get("MAGI_SEARCH", "1"))


def examples(number: int) -> settings:
    """Settings for a property that is tried on ``number`` generated cases."""
    return settings(
        max_examples=number * _FACTOR,
        derandomize=_FACTOR == 1,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
