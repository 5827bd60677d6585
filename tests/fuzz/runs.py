"""How generated calls are made: so many, from a seed, one after another on one server."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st

from tests.support.lengths import SEED


def repeated(number: int, act: Callable[[st.DataObject], None]) -> None:
    """Do ``act`` so many times with other values; the same ones for the same seed."""

    @seed(SEED)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        # What a call does depends on those before it: a smaller one may do nothing by itself.
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,  # values of 100,000 characters are no report
    )
    @given(st.data())
    def once(data: st.DataObject) -> None:
        act(data)

    once()
