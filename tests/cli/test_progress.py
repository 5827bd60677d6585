"""Progress tells who has answered and which round it is, and never how anybody voted."""

import io

import anyio
import pytest
from rich.console import Console

from magi_mcp.cli.board import Board
from magi_mcp.cli.progress import LiveBoard, watching
from magi_mcp.cli.screen import Screen
from magi_mcp.convening import Request
from magi_mcp.core.events import Entry, LateReply, ReplyReceived, RoundClosed, RoundRefused
from magi_mcp.core.replies import Answered, Failed, Reply
from magi_mcp.seats.scripted import Script
from tests.cli import verdicts
from tests.support.councils import ballot, scripted_council

REFUSED = Failed(failure="authentication", detail="the key was refused")
ANSWERS = ("ship it", "hold it", "wait")


def journal(method: str = "options") -> list[Entry]:
    """A deliberation of four seats: two hold a position, one abstains, one fails."""

    async def deliberated() -> list[Entry]:
        scripts: dict[str, Script] = {
            "melchior": [ballot("ship it")] * 4,
            "balthasar": [ballot("hold it")] * 4,
            "casper": [ballot("abstain")] * 4,
            "dora": [REFUSED],
        }
        async with scripted_council(scripts, protocol="critique") as council:
            options = ANSWERS if method == "options" else ()
            sitting = await council.put(
                Request(question="And now?", method=method, options=options)
            )
            return [entry async for entry in sitting.follow()]

    return anyio.run(deliberated)


def board_of(entries: list[Entry]) -> Board:
    opened = entries[0]
    assert opened.event.type == "case_opened"
    return Board(opened.event.case, opened.at)


def screen(*, terminal: bool) -> tuple[Screen, io.StringIO]:
    written = io.StringIO()
    err = Console(file=written, width=80, force_terminal=terminal, markup=False)
    return Screen(err=err), written


def test_every_seat_has_a_state_of_its_own() -> None:
    entries = journal()
    board = board_of(entries)
    for entry in entries:
        if entry.event.type == "round_asked" and entry.event.number == 2:
            break
        board.record(entry)
    states = {name: place.state for name, place in board.places.items()}
    assert states == {
        "melchior": "answered",
        "balthasar": "answered",
        "casper": "abstained",
        "dora": "failed",
    }


def test_a_seat_that_stays_out_of_a_round_keeps_its_state() -> None:
    entries = journal()
    board = board_of(entries)
    for entry in entries:
        board.record(entry)
        if entry.event.type == "round_asked" and entry.event.number == 2:
            break
    assert board.stage == "Round 2, reading one another"
    assert board.places["melchior"].state == "thinking"
    assert board.places["dora"].state == "failed"


def test_comparing_the_answers_is_told_as_such() -> None:
    entries = journal(method="majority")
    board = board_of(entries)
    told = [board.record(entry) for entry in entries]
    assert any(line and line.startswith("Comparing the answers of round 1: ask") for line in told)


def settled_by_the_arbiter(*, anonymous: bool = False) -> list[Entry]:
    """A deliberation that an arbiter settles."""

    async def deliberated() -> list[Entry]:
        scripts: dict[str, Script] = {
            "melchior": [ballot("yes")],
            "balthasar": [ballot("no")],
            "arbiter": [ballot("no")],
        }
        async with scripted_council(scripts, protocol="adaptive") as council:
            request = Request(question="And now?", method="yes_no", anonymous=anonymous)
            return [entry async for entry in (await council.put(request)).follow()]

    return anyio.run(deliberated)


def test_the_arbiter_is_on_call_until_the_council_splits() -> None:
    entries = settled_by_the_arbiter()
    board = board_of(entries)
    assert [*board.places] == ["melchior", "balthasar", "arbiter"]
    told = [board.record(entry) for entry in entries[:2]]
    assert {name: place.state for name, place in board.places.items()} == {
        "melchior": "thinking",
        "balthasar": "thinking",
        "arbiter": "on call",
    }
    told += [board.record(entry) for entry in entries[2:]]
    assert "Asking the arbiter" in told
    assert any(line and line.startswith("Asking the arbiter: Arbiter has an") for line in told)


def test_a_round_that_cannot_be_paid_is_told_as_the_first_or_a_further_one() -> None:
    entries = journal()
    refused = Entry(
        seq=99, at=entries[0].at, event=RoundRefused(round_id="r1", reason="budget", detail="")
    )
    board = board_of(entries)
    assert board.record(refused) == "no round is asked: the budget does not allow it"
    board.record(entries[1])
    assert board.record(refused) == "no further round: the budget does not allow it"


def replied(reply: Reply, *, anonymous: bool = False) -> tuple[Board, str | None]:
    """The board, and what it told, after dora has been asked and has replied so."""
    entries = journal()
    opened = entries[0].event
    assert opened.type == "case_opened"
    board = Board(opened.case.model_copy(update={"anonymous": anonymous}), entries[0].at)
    board.record(entries[1])
    received = ReplyReceived(ask_id="r1/dora", seat="dora", reply=reply, ballot=None)
    return board, board.record(Entry(seq=99, at=entries[1].at + 2, event=received))


def test_a_seat_that_a_fallback_served_is_shown_with_the_fallback_until_asked_again() -> None:
    board, _ = replied(Answered(text="no", served_by="openai/stand-in"))
    drawn = Console(file=io.StringIO(), width=80)
    with drawn.capture() as printed:
        drawn.print(LiveBoard(board, loading=lambda: False).view())
    [line] = [line for line in printed.get().splitlines() if "Dora" in line]
    assert "stand-in" in line
    assert board.places["melchior"].model == board.places["melchior"].own_model
    board.record(journal()[1])
    assert board.places["dora"].model == board.places["dora"].own_model


def test_which_model_served_an_anonymous_voice_is_not_shown() -> None:
    board, _ = replied(Answered(text="no", served_by="openai/stand-in"), anonymous=True)
    assert {place.model for place in board.places.values()} == {""}


def test_a_seat_that_failed_says_why_in_one_short_line() -> None:
    _, told = replied(Failed(failure="rate_limited", detail="429: " + "slow down, please " * 40))
    assert told is not None
    assert told.startswith("Round 1, blind: Dora failed (2.0 s): rate limited: 429: slow down")
    assert told.endswith("…")
    assert len(told) < 220


def test_why_an_anonymous_voice_failed_names_no_model() -> None:
    own = replied(REFUSED)[0].places["dora"].own_model
    _, told = replied(Failed(failure="server", detail=f"{own}: 500"), anonymous=True)
    assert told is not None
    assert "the model: 500" in told
    assert own not in told


def test_an_anonymous_council_is_watched_without_names() -> None:
    entries = settled_by_the_arbiter(anonymous=True)
    for terminal in (True, False):
        shown, written = screen(terminal=terminal)
        with watching(board_of(entries), shown, lambda: False) as watch:
            for entry in entries:
                watch(entry)
        text = written.getvalue().casefold()
        assert "voice 1" in text
        assert "melchior" not in text
        assert "balthasar" not in text
        assert "scripted" not in text


@pytest.mark.parametrize(
    "purposes",
    [
        {"compose": ("Rating the drafts",)},
        {"consensus": ("Drafting the common ground", "Accepting or objecting")},
        {"synthesis": ("Comparing the answers", "Putting the result into words")},
    ],
)
def test_every_step_of_a_method_is_told(purposes: dict[str, tuple[str, ...]]) -> None:
    [(method, steps)] = purposes.items()

    async def deliberated() -> list[Entry]:
        voices = {
            name: verdicts.seat(name, f"{name} holds this.", scores={"holds": 5}, text="All.")
            for name in ("melchior", "balthasar")
        }
        async with scripted_council(voices) as council:
            request = Request(question="And now?", method=method, max_rounds=0)
            return [entry async for entry in (await council.put(request)).follow()]

    entries = anyio.run(deliberated)
    board = board_of(entries)
    told = [line for line in map(board.record, entries) if line]
    for step in steps:
        assert any(line.startswith(step) for line in told), told


def test_a_round_that_was_closed_says_how_many_are_missing() -> None:
    entries = journal()
    board = board_of(entries)
    board.record(entries[1])
    closed = RoundClosed(round_id="r1", reason="deadline", missing=())
    told = board.record(Entry(seq=99, at=entries[1].at + 60, event=closed))
    assert told == "Round 1, blind: closed by the deadline, 4 seats missing"
    assert {place.state for place in board.places.values()} == {"failed"}


def test_a_seat_that_could_change_nothing_has_not_failed() -> None:
    entries = journal()
    board = board_of(entries)
    board.record(entries[1])
    closed = RoundClosed(round_id="r1", reason="settled", missing=())
    told = board.record(Entry(seq=99, at=entries[1].at + 60, event=closed))
    assert told == "Round 1, blind: closed early, as the ruling was settled, 4 seats missing"
    assert {place.state for place in board.places.values()} == {"not awaited"}


@pytest.mark.parametrize(("anonymous", "shown"), [(False, "Dora"), (True, "Voice ")])
def test_who_comes_late_goes_by_the_name_that_people_see(*, anonymous: bool, shown: str) -> None:
    opened = journal()[0]
    assert opened.event.type == "case_opened"
    case = opened.event.case.model_copy(update={"anonymous": anonymous})
    late = LateReply(ask_id="r1/dora", seat="dora", reply=REFUSED)
    told = Board(case, opened.at).record(Entry(seq=99, at=opened.at, event=late))
    assert told is not None
    assert told.startswith(shown)
    assert told.endswith("came too late to count")


@pytest.mark.parametrize("terminal", [True, False])
def test_no_position_and_no_reason_is_shown(*, terminal: bool) -> None:
    entries = journal()
    shown, written = screen(terminal=terminal)
    with watching(board_of(entries), shown, lambda: False) as watch:
        for entry in entries:
            watch(entry)
    text = written.getvalue()
    assert "Melchior" in text
    assert not any(answer in text for answer in ANSWERS)
    assert "Because" not in text


def test_without_a_terminal_every_event_is_one_plain_line() -> None:
    entries = journal()
    shown, written = screen(terminal=False)
    with watching(board_of(entries), shown, lambda: False) as watch:
        for entry in entries[:4]:
            watch(entry)
    lines = written.getvalue().splitlines()
    assert lines[0].startswith("Dossier ")
    assert lines[1] == "Round 1, blind: asking Melchior, Balthasar, Casper, Dora"
    assert len(lines) == 4
    assert "\x1b" not in written.getvalue()


def test_waiting_for_the_models_library_is_told_once() -> None:
    entries = journal()
    shown, written = screen(terminal=False)
    with watching(board_of(entries), shown, lambda: True) as watch:
        for entry in entries:
            watch(entry)
    assert written.getvalue().count("Loading models") == 1


def test_the_board_shows_how_long_a_seat_has_thought() -> None:
    entries = journal()
    board = board_of(entries)
    drawn = LiveBoard(board, loading=lambda: False, now=lambda: entries[1].at + 12)
    drawn.record(entries[1])
    console = Console(file=io.StringIO(), width=40)
    with console.capture() as printed:
        console.print(drawn.view())
    seats = [line for line in printed.get().splitlines() if "thinking" in line]
    assert len(seats) == 4
    assert all(line.rstrip().endswith("12 s") for line in seats)


def test_the_board_says_that_models_are_loading() -> None:
    entries = journal()
    drawn = LiveBoard(board_of(entries), loading=lambda: True)
    drawn.record(entries[1])
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as printed:
        console.print(drawn.view())
    assert "Loading models" in printed.get()
