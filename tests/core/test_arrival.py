"""Who answers first is chance: two accounts of one council read alike, whoever it was."""

from magi_mcp.core.case import Limits
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.replies import Attempt, Usage
from magi_mcp.core.report import markdown
from magi_mcp.core.result import verdict_of
from tests.core.paper import MODELS, a_case, deliberated, said

SEATS = ("ada", "ben", "cleo")


def priceless(*, reverse_arrival: bool) -> Dossier:
    """Every seat was served after a failure, by a model whose price nobody knows."""
    script = {}
    for seat, model in zip(SEATS, MODELS, strict=False):
        lost = Attempt(model=model, outcome="server", detail="HTTP 500", usage=Usage(calls=1))
        unpriced = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=None)
        served = Attempt(model=f"{model}-b", outcome="answered", usage=unpriced)
        reply = said('{"position": "yes"}', usage=lost.usage + unpriced)
        attempts = {"attempts": (lost, served), "served_by": served.model}
        script[seat] = [reply.model_copy(update=attempts)]
    case = a_case(seats=SEATS, limits=Limits(max_cost_usd=1.0))
    return deliberated(case, script, reverse_arrival=reverse_arrival).dossier()


def test_warnings_and_all_else_stand_in_the_order_of_the_seats() -> None:
    in_turn, turned = (priceless(reverse_arrival=each) for each in (False, True))
    assert list(turned.ballot_rounds[0].responses) == [*reversed(SEATS)]
    assert verdict_of(turned) == verdict_of(in_turn)
    assert f"{MODELS[0]}-b, {MODELS[1]}-b, {MODELS[2]}-b" in verdict_of(turned).warnings[-1]


def test_the_report_tells_of_failed_calls_in_the_order_of_the_seats() -> None:
    in_turn, turned = (markdown(priceless(reverse_arrival=each)) for each in (False, True))
    assert "## Calls that failed" in turned
    assert turned == in_turn
