"""What the fold of a journal says of a deliberation that was stopped and gone on with. R8, R9."""

import pytest

from magi_mcp.core.announcement import announce
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.errors import ReplayDivergence
from magi_mcp.core.events import (
    AskReopened,
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Entry,
    Event,
    Resumed,
    RoundRefused,
)
from magi_mcp.core.heads import Head, advance
from magi_mcp.core.report import markdown
from magi_mcp.core.result import verdict_of
from tests.core.paper import a_case, entries, failed, voted

CASE = a_case(seats=("ada", "ben"))


def begun(*answered: str) -> tuple[Deliberation, list[Event]]:
    """A first round in which some have answered."""
    deliberation = Deliberation(CASE)
    due = deliberation.due()
    assert due is not None
    events: list[Event] = [CaseOpened(case=CASE), due]
    deliberation.apply(due)
    for ask in deliberation.pending:
        if ask.seat in answered:
            events.append(deliberation.received(ask, voted("yes")))
            deliberation.apply(events[-1])
    return deliberation, events


def told(events: list[Event], moments: list[float]) -> Dossier:
    return fold(
        Entry(seq=seq, at=at, event=event)
        for seq, (at, event) in enumerate(zip(moments, events, strict=True), start=1)
    )


def test_the_time_between_two_legs_is_not_time_in_session() -> None:
    _, events = begun("ada")
    dossier = told([*events, Resumed(by="me")], [100, 101, 110, 5000])
    assert dossier.elapsed_s == 10
    progress = verdict_of(dossier, now=5005).progress
    assert progress is not None
    assert progress.seconds_left == CASE.limits.deadline_s - 5, "each leg has the whole deadline"
    assert verdict_of(dossier, now=5005).elapsed_s == 15


def test_what_was_cut_off_is_a_call_of_unknown_price_and_is_told() -> None:
    _, events = begun("ada")
    dossier = fold(entries([*events, Cancelled(by="me"), Resumed(by="me", warnings=("changed",))]))
    assert (dossier.lost_calls, dossier.usage.calls, dossier.usage.cost_usd) == (1, 2, None)
    warnings = verdict_of(dossier).warnings
    assert warnings[0].startswith("Resumed: 1 call had been cut off and had to be made again")
    assert warnings[1] == "Resumed: changed"
    text = announce(verdict_of(dossier))
    assert "Note: Resumed: changed" in text
    assert "heard Ada; waiting for Ben" in text
    assert "UTC by me." in markdown(dossier)


def test_of_a_council_that_failed_again_the_causes_are_those_of_the_last_leg() -> None:
    deliberation, events = begun()
    for ask in deliberation.pending:
        events.append(deliberation.received(ask, failed()))
        deliberation.apply(events[-1])
    fall = deliberation.due()
    assert isinstance(fall, CouncilFailed)
    deliberation.apply(fall)
    dossier = fold(entries([*events, fall, Resumed(by="me", warnings=("changed",)), fall]))
    assert verdict_of(dossier).causes == fall.causes
    assert "Resumed: changed" in verdict_of(dossier).cautions


def test_a_forsaken_round_interrupts_and_names_no_shortage() -> None:
    deliberation = Deliberation(CASE)
    stop = RoundRefused(round_id="r1", reason="cancelled")
    deliberation.apply(stop)
    assert deliberation.ended
    assert deliberation.due() is None
    dossier = fold(entries([CaseOpened(case=CASE), stop]))
    assert (dossier.status, dossier.refused) == ("interrupted", None)
    head: Head | None = None
    for entry in entries([CaseOpened(case=CASE), stop]):
        head = advance(head, entry)
    assert head is not None
    assert head.status == "interrupted"


@pytest.mark.parametrize(
    "event",
    [
        AskReopened(ask_id="r1/ada", seat="ada"),
        AskReopened(ask_id="r1/ben", seat="ben"),
        AskReopened(ask_id="r9/ada", seat="ada"),
    ],
)
def test_only_a_failed_ask_of_a_failed_council_is_reopened(event: AskReopened) -> None:
    deliberation, _ = begun("ada")
    deliberation.apply(Resumed(by="me"))
    with pytest.raises(ReplayDivergence, match="no such failed ask"):
        deliberation.apply(event)


def test_nothing_but_going_on_follows_a_cancel() -> None:
    deliberation, _ = begun("ada", "ben")
    due = deliberation.due()
    assert due is not None
    deliberation.apply(Cancelled(by="me"))
    for event in (due, Cancelled(by="me")):
        with pytest.raises(ReplayDivergence, match="nothing more"):
            deliberation.apply(event)
    deliberation.apply(Resumed(by="me"))
    assert deliberation.due() == due


def test_nothing_follows_a_verdict() -> None:
    deliberation, _ = begun("ada", "ben")
    due = deliberation.due()
    assert due is not None
    deliberation.apply(due)
    assert deliberation.final
    with pytest.raises(ReplayDivergence, match="nothing more"):
        deliberation.apply(Resumed(by="me"))
