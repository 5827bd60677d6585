"""The live driver: who is asked when, and what the clock does. Semantics R7."""

from collections.abc import Mapping

import anyio
import pytest

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.events import (
    CaseOpened,
    CouncilFailed,
    Event,
    ReplyReceived,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.replies import Reply
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.ports import SeatPort
from magi_mcp.runtime.ledger import Ledger
from magi_mcp.runtime.live import deliberate
from magi_mcp.seats.scripted import ScriptedSeat
from tests.core.paper import DOSSIER_ID, a_case, deliberated
from tests.runtime.stage import (
    PATIENCE_S,
    SOON,
    BrokenSeat,
    HangingSeat,
    PatientSeat,
    driven,
    unlimited,
)

YES = {"position": "yes"}
NO = {"position": "no"}


def scripted(**scripts: list[Mapping[str, str]]) -> dict[str, ScriptedSeat]:
    return {name: ScriptedSeat(script) for name, script in scripts.items()}


def the(kind: type, events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def verdict(events: list[Event]) -> VerdictReached:
    last = events[-1]
    assert isinstance(last, VerdictReached)
    return last


async def test_a_live_deliberation_is_the_procedure_on_paper() -> None:
    case = a_case()
    events = await driven(case, scripted(ada=[YES], ben=[NO, YES], cleo=[NO, NO]))
    assert verdict(events).decision.outcome == "majority"
    again = Deliberation.restore(events)
    assert again.ended
    on_paper = deliberated(case, {"ada": ["yes"], "ben": ["no"], "cleo": ["no"]})
    assert the(RoundAsked, events)[0] == the(RoundAsked, on_paper.events)[0]


async def test_every_round_is_journaled_before_anybody_is_asked() -> None:
    case = a_case(seats=["ada"])
    journal = MemoryJournal(SystemClock())
    ledger = Ledger(journal, DOSSIER_ID)
    await ledger.write(CaseOpened(case=case))
    told: list[str] = []

    def answer(ask: Ask) -> dict[str, str]:
        told.extend(entry.event.type for entry in ledger.entries)
        return YES

    await deliberate(Deliberation(case), {"ada": ScriptedSeat(answer)}, ledger, unlimited(case))
    assert told == ["case_opened", "round_asked"]


async def test_all_seats_of_a_round_are_asked_at_once() -> None:
    everyone = anyio.Event()
    count = 0

    class Meeting:
        """Answers once the whole council has been asked."""

        async def ask(self, ask: Ask, deadline_s: float) -> Reply:
            nonlocal count
            count += 1
            if count == 3:
                everyone.set()
            await everyone.wait()
            return await ScriptedSeat([YES]).ask(ask, deadline_s)

    events = await driven(a_case(), {name: Meeting() for name in ("ada", "ben", "cleo")})
    assert verdict(events).decision.outcome == "unanimous"


async def test_the_procedure_sees_replies_in_seat_order_whatever_the_order_of_arrival() -> None:
    async def decided(*arrival: str) -> tuple[list[str], bytes]:
        may = {name: anyio.Event() for name in (*arrival, "end")}
        may[arrival[0]].set()
        following = dict(zip(arrival, (*arrival[1:], "end"), strict=True))
        lines = {"ada": [YES, YES], "ben": [NO, NO], "cleo": [YES, YES]}
        seats = {
            name: PatientSeat(lines[name], may[name], may[following[name]])
            for name in ("ada", "ben", "cleo")
        }
        case = a_case(protocol="critique", limits=Limits(max_rounds=1))
        events = await driven(case, seats)
        replies = [e.seat for e in events if isinstance(e, ReplyReceived)]
        return replies[:3], events[-1].model_dump_json().encode()

    one, other = await decided("ada", "ben", "cleo"), await decided("cleo", "ben", "ada")
    assert one[0] == ["ada", "ben", "cleo"]
    assert other[0] == ["cleo", "ben", "ada"]
    assert one[1] == other[1]


async def test_a_hanging_seat_is_left_behind_when_its_round_ends() -> None:
    hanging = HangingSeat()
    seats: dict[str, SeatPort] = {**scripted(ada=[YES], ben=[YES]), "cleo": hanging}
    events = await driven(a_case(limits=SOON), seats)
    assert the(RoundClosed, events) == [
        RoundClosed(round_id="r1", reason="deadline", missing=("r1/cleo",))
    ]
    assert hanging.left.is_set()
    decision = verdict(events).decision
    assert (decision.outcome, decision.ruling) == ("majority", "yes")
    assert decision.degraded
    late = "cleo failed in round 1: late: the round closed before this seat had answered"
    assert late in decision.warnings


async def test_a_seat_is_told_the_time_that_its_round_still_has() -> None:
    seat = HangingSeat()
    await driven(a_case(seats=["cleo"], limits=SOON), {"cleo": seat})
    (given_s,) = seat.asked
    assert 0.05 < given_s <= 0.15, "a quarter of the deadline is kept for concluding"


async def test_no_more_than_the_time_of_one_call_is_kept_for_concluding() -> None:
    asked: list[float] = []

    class Noting:
        """Notes the time it is given."""

        async def ask(self, ask: Ask, deadline_s: float) -> Reply:
            asked.append(deadline_s)
            return await ScriptedSeat([YES]).ask(ask, deadline_s)

    limits = Limits(deadline_s=600, timeout_s=60)
    await driven(a_case(seats=["ada"], limits=limits), {"ada": Noting()})
    assert 530 < asked[0] <= 540


async def test_a_council_that_hangs_as_a_whole_fails_with_every_cause() -> None:
    seats = {name: HangingSeat() for name in ("ada", "ben", "cleo")}
    events = await driven(a_case(limits=SOON), seats)
    last = events[-1]
    assert isinstance(last, CouncilFailed)
    assert len(last.causes) == 3


async def test_a_round_that_is_due_too_late_is_refused_and_not_asked() -> None:
    ada, ben = ScriptedSeat([YES]), ScriptedSeat([NO])
    events = await driven(a_case(limits=SOON), {"ada": ada, "ben": ben, "cleo": HangingSeat()})
    assert the(RoundRefused, events) == [RoundRefused(round_id="r2", reason="deadline")]
    assert len(ada.asked) == 1
    decision = verdict(events).decision
    assert decision.outcome == "tie"
    assert "No round 2: the deadline did not allow it." in decision.warnings


async def test_what_is_kept_for_concluding_is_enough_to_group_what_was_said() -> None:
    groups = '{"groups": [[1], [2]]}'

    def ada(ask: Ask) -> str | dict[str, str]:
        return groups if ask.purpose == "grouping" else {"position": "Ship"}

    def ben(ask: Ask) -> str | dict[str, str]:
        return groups if ask.purpose == "grouping" else {"position": "Wait"}

    events = await driven(
        a_case("majority", limits=SOON),
        {"ada": ScriptedSeat(ada), "ben": ScriptedSeat(ben), "cleo": HangingSeat()},
    )
    rounds = [event.round_id for event in events if isinstance(event, RoundAsked)]
    assert rounds == ["r1", "r1.grouping1"]
    assert [event.round_id for event in events if isinstance(event, RoundClosed)] == ["r1"]
    assert verdict(events).decision.outcome == "tie"


async def test_only_those_who_had_not_answered_are_asked_after_a_crash() -> None:
    case = a_case()
    whole = deliberated(case, {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]})
    seats = scripted(ada=[], ben=[YES], cleo=[NO])
    events = await driven(case, seats, after=whole.events[:3])
    assert {name: len(seat.asked) for name, seat in seats.items()} == {
        "ada": 0,
        "ben": 1,
        "cleo": 1,
    }
    assert verdict(events).decision.outcome == "majority"


async def test_a_resumed_deliberation_has_its_whole_time_again() -> None:
    seat = HangingSeat()
    case = a_case(limits=SOON)
    whole = deliberated(case, {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]})
    await driven(case, {**scripted(ada=[], ben=[YES]), "cleo": seat}, after=whole.events[:3])
    assert seat.asked[0] > 0.05


async def test_a_finished_deliberation_asks_nobody() -> None:
    case = a_case()
    whole = deliberated(case, {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]})
    assert await driven(case, {}, after=whole.events) == whole.events
    events = await driven(case, {}, after=whole.events[:-1])
    assert events == whole.events, "a crash before the verdict was written loses nothing"


async def test_a_seat_that_raises_is_a_fault_and_keeps_what_had_arrived() -> None:
    case = a_case()
    journal = MemoryJournal(SystemClock())
    ledger = Ledger(journal, DOSSIER_ID)
    await ledger.write(CaseOpened(case=case))
    arrived = anyio.Event()
    seats: dict[str, SeatPort] = {
        "ada": PatientSeat([YES], _already(), then=arrived),
        "ben": HangingSeat(),
        "cleo": _After(arrived, BrokenSeat()),
    }
    with pytest.raises(ExceptionGroup) as raised, anyio.fail_after(PATIENCE_S):
        await deliberate(Deliberation(case), seats, ledger, unlimited(case))
    assert raised.group_contains(ZeroDivisionError)
    dossier: Dossier = fold(ledger.entries, driven=False)
    assert dossier.status == "interrupted"
    assert [response.seat for response in dossier.responses] == ["ada"]


def _already() -> anyio.Event:
    event = anyio.Event()
    event.set()
    return event


class _After:
    """Asks a seat only after something has happened."""

    def __init__(self, event: anyio.Event, seat: SeatPort) -> None:
        self._event = event
        self._seat = seat

    async def ask(self, ask: Ask, deadline_s: float) -> Reply:
        await self._event.wait()
        await anyio.wait_all_tasks_blocked()
        return await self._seat.ask(ask, deadline_s)
