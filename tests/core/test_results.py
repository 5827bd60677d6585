"""The contract's result of a deliberation, in every state and detail. Contract "Results"."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from magi_mcp.core.asks import Refused
from magi_mcp.core.case import Limits
from magi_mcp.core.deliberated import case_of
from magi_mcp.core.details import STANDARD_ITEMS, Detail
from magi_mcp.core.dossier import Dossier, fold, short_id
from magi_mcp.core.errors import ProcedureError
from magi_mcp.core.events import Cancelled, CaseOpened, Entry, Event, RoundRefused
from magi_mcp.core.heads import Head, advance
from magi_mcp.core.replies import NO_USAGE, Usage
from magi_mcp.core.result import as_json, verdict_of
from tests.core.paper import (
    CALL,
    DOSSIER_ID,
    OPENED_AT,
    Course,
    Script,
    a_case,
    deliberated,
    entries,
    failed,
    said,
    voted,
)
from tests.core.scenes import SCENES, cancelled, closed_early, decided, interrupted, running

ENVELOPE = (
    "schema_version kind dossier_id dossier_uri status degraded provisional warnings rounds calls "
    "tokens_in tokens_out cost_usd elapsed_s next_step omitted"
).split()
FINDINGS = (
    "question method protocol route outcome ruling decided_by answer agreement confidence tally "
    "blind_vote ballots minority_report mind_changes pivotal_seats open_questions"
).split()
STATUS = {
    "decided": "decided",
    "persuaded": "decided",
    "unanimous": "decided",
    "provisional": "decided",
    "tied": "undecided",
    "below_threshold": "undecided",
    "no_quorum": "undecided",
    "without_a_reply": "undecided",
    "everybody_failed": "failed",
    "too_dear": "failed",
    "convening": "running",
    "running": "running",
    "interrupted": "interrupted",
    "cancelled": "cancelled",
    "rich": "decided",
    "open_question": "decided",
    "estimate": "decided",
    "synthesis": "decided",
    "overlooked": "decided",
    "ranked": "decided",
    "tied_drafts": "undecided",
    "unrated": "undecided",
    "ratified": "decided",
    "not_ratified": "undecided",
    "overruled": "decided",
    "confirmed": "decided",
    "entrusted": "decided",
    "nobody_wrote": "decided",
}


def shown(dossier: Dossier, detail: Detail = "full", now: float | None = None) -> dict[str, object]:
    return dict(as_json(verdict_of(dossier, now=now), detail))


def listed(result: dict[str, object], key: str) -> list[Any]:
    entries = result[key]
    assert isinstance(entries, list)
    return entries


def costing(*usages: Usage) -> Course:
    """A vote of three whose replies cost this much."""
    replies = [said('{"position": "yes"}', usage=usage) for usage in usages]
    script: Script = {s: [r] for s, r in zip(("ada", "ben", "cleo"), replies, strict=True)}
    return deliberated(a_case(), script)


@pytest.mark.parametrize("scene", SCENES)
def test_the_keys_stand_in_the_order_of_the_contract(scene: str) -> None:
    result = shown(SCENES[scene]())
    named = {"plan", "arbiter", "probability", "estimate", "ranking", "synthesis", "asks"}
    known = [key for key in result if key not in named | {"progress"}]
    assert known == [*ENVELOPE, *FINDINGS]
    assert ("progress" in result) == (result["status"] == "running")
    assert list(result)[: len(ENVELOPE)] == ENVELOPE


@pytest.mark.parametrize("scene", SCENES)
def test_each_scene_has_its_status_and_a_next_step(scene: str) -> None:
    result = shown(SCENES[scene]())
    assert result["status"] == STATUS[scene]
    assert result["next_step"]
    assert result["dossier_uri"] == f"magi://dossiers/{DOSSIER_ID}"


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("detail", ["standard", "full"])
def test_every_result_is_json_and_comes_back_the_same(scene: str, detail: Detail) -> None:
    result = shown(SCENES[scene](), detail)
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_a_decided_result_holds_what_the_council_found() -> None:
    result = shown(decided())
    assert result["outcome"] == "majority"
    assert result["ruling"] == "yes"
    assert result["decided_by"] == "votes"
    assert result["agreement"] == pytest.approx(2 / 3)
    assert result["route"] == ["vote"]
    assert result["tally"] == [
        {"position": "yes", "votes": 2, "seats": ["melchior", "balthasar"]},
        {"position": "no", "votes": 1, "seats": ["casper"]},
    ]
    assert result["open_questions"] == ["Was rollback tried with 4.2's rows?"]


def test_a_mind_change_is_shown_with_the_contracts_own_words() -> None:
    change = listed(shown(SCENES["persuaded"]()), "mind_changes")[0]
    assert list(change) == ["seat", "round", "from", "to", "because"]
    assert change["from"] == "no"


def test_without_a_verdict_nothing_is_found_and_no_partial_vote_is_shown() -> None:
    for dossier in (running(), interrupted(), cancelled()):
        result = shown(dossier)
        assert [result[key] for key in ("outcome", "ruling", "answer", "agreement")] == [None] * 4
        assert [result[key] for key in ("tally", "ballots", "minority_report")] == [[]] * 3


def test_standard_leaves_summaries_out_and_says_so() -> None:
    full, standard = shown(decided()), shown(decided(), "standard")
    assert full["omitted"] == []
    assert standard["omitted"] == ["ballots.summary"]
    assert all(list(ballot)[-1] == "summary" for ballot in listed(full, "ballots"))
    assert not any("summary" in ballot for ballot in listed(standard, "ballots"))
    assert list(standard) == list(full)


def test_standard_shows_three_mind_changes_and_three_minority_entries() -> None:
    seats = [f"seat{number}" for number in range(9)]
    options = [f"way {number}" for number in range(20, 29)]
    script: Script = {
        seat: [options[place], options[0] if 0 < place < 5 else options[place]]
        for place, seat in enumerate(seats)
    }
    course = deliberated(a_case("options", seats=seats, options=options), script)
    full, standard = shown(course.dossier()), shown(course.dossier(), "standard")
    for key in ("mind_changes", "minority_report"):
        assert len(listed(full, key)) == STANDARD_ITEMS + 1
        assert listed(standard, key) == listed(full, key)[:STANDARD_ITEMS]
    assert {"ballots.summary", "minority_report[3:]", "mind_changes[3:]"} <= {
        *listed(standard, "omitted")
    }


def test_a_standard_answer_of_nine_seats_and_three_rounds_fits_the_contracts_size() -> None:
    seats = [f"member{number}" for number in range(9)]
    argument = (
        "The migration adds two columns with defaults and touches no index, so the lock it takes "
        "lasts under a second. The rehearsal on Tuesday took four minutes from end to end."
    )

    def line(place: int, number: int) -> str:
        return "ABC"[(place + number * (place % 2)) % 3]

    script: Script = {
        seat: [
            voted(line(place, number), argument, would_flip="A failed rehearsal.", because="a log")
            for number in range(3)
        ]
        for place, seat in enumerate(seats)
    }
    case = a_case(
        "options",
        "critique",
        seats=seats,
        options=("Ship on Friday", "Postpone to Monday", "Ship behind a flag"),
        limits=Limits(max_rounds=2),
    )
    dossier = deliberated(case, script).dossier()
    assert len(dossier.ballot_rounds) == 3
    assert len(json.dumps(shown(dossier, "standard"))) / 4 < 1_500


def test_costs_are_summed_over_all_replies() -> None:
    result = shown(costing(CALL, CALL, CALL).dossier())
    assert (result["calls"], result["tokens_in"], result["tokens_out"]) == (3, 300, 60)
    assert result["cost_usd"] == pytest.approx(0.003)


def test_one_unknown_cost_makes_the_sum_unknown_and_never_zero() -> None:
    unpriced = CALL.model_copy(update={"cost_usd": None})
    result = shown(costing(CALL, unpriced, CALL).dossier())
    assert result["cost_usd"] is None
    assert result["tokens_in"] == 300
    assert "The price of at least one call is unknown, so there is no total cost." in listed(
        result, "warnings"
    )
    uncounted = CALL.model_copy(update={"tokens_in": None, "tokens_out": None})
    result = shown(costing(uncounted, CALL, CALL).dossier())
    assert (result["tokens_in"], result["tokens_out"]) == (None, None)
    assert result["cost_usd"] is not None


def test_a_free_call_costs_nothing_and_that_is_known() -> None:
    free = Usage(calls=1, tokens_in=0, tokens_out=0, cost_usd=0)
    result = shown(costing(free, free, free).dossier())
    assert (result["calls"], result["cost_usd"]) == (3, 0)
    assert result["warnings"] == []


def test_nobody_knows_what_a_call_cost_that_was_cut_off() -> None:
    for dossier in (closed_early(), cancelled(), interrupted()):
        assert dossier.usage == Usage(calls=3, tokens_in=None, tokens_out=None, cost_usd=None)
        assert dossier.usage_of(["melchior"]) == CALL
        assert dossier.usage_of(["casper"]) == Usage()
    assert running().usage == CALL + CALL, "what is still awaited is not cut off"


def test_usage_adds_up_and_unknown_is_contagious() -> None:
    assert NO_USAGE + CALL == CALL
    assert CALL + Usage() == Usage(calls=2)


def test_a_grouping_and_a_ruling_are_paid_for_and_are_no_rounds() -> None:
    result = shown(SCENES["open_question"]())
    assert (result["calls"], result["rounds"]) == (3 + 1 + 1, 1)


def test_progress_tells_round_answers_and_time_left() -> None:
    assert shown(running(), now=OPENED_AT + 24)["progress"] == {
        "round": 1,
        "of": 4,
        "answered": 2,
        "seats": 3,
        "seconds_left": 576.0,
    }
    assert shown(SCENES["convening"](), now=OPENED_AT + 700)["progress"] == {
        "round": 0,
        "of": 4,
        "answered": 0,
        "seats": 3,
        "seconds_left": 0.0,
    }


def test_time_goes_on_while_a_council_runs_and_stands_still_after_it() -> None:
    assert shown(running(), now=OPENED_AT + 24)["elapsed_s"] == 24.0
    assert shown(running())["elapsed_s"] == 3.0
    assert shown(decided(), now=OPENED_AT + 900)["elapsed_s"] == 5.0


def test_without_a_quorum_the_council_is_not_called_split() -> None:
    step = shown(SCENES["no_quorum"]())["next_step"]
    assert isinstance(step, str)
    assert "split" not in step
    assert "too few seats" in step


def test_what_could_not_be_paid_is_mended_by_a_key_that_every_caller_has() -> None:
    advice = str(shown(SCENES["too_dear"]())["next_step"])
    assert "limits.max_cost_usd" in advice
    assert "--" not in advice


def test_a_failed_council_is_degraded_and_warns_of_every_cause() -> None:
    result = shown(SCENES["everybody_failed"]())
    assert result["degraded"] is True
    assert result["warnings"] == [
        "melchior: authentication: 401: no such key; set OPENAI_API_KEY",
        "balthasar: unknown_model: 404: withdrawn",
        "casper: timeout: no answer in 60 s",
    ]


def test_a_dossier_without_an_end_is_running_or_interrupted_by_who_drives_it() -> None:
    events = deliberated(a_case(), {"ada": ["yes"], "ben": ["yes"], "cleo": ["yes"]}).events
    assert fold(entries(events[:3])).status == "running"
    assert fold(entries(events[:3]), driven=False).status == "interrupted"
    assert fold(entries(events), driven=False).status == "decided"


def test_the_fold_refuses_what_is_no_journal() -> None:
    events = deliberated(a_case(), {"ada": ["yes"], "ben": ["yes"], "cleo": ["yes"]}).events
    with pytest.raises(ProcedureError, match="begins with case_opened"):
        fold([])
    with pytest.raises(ProcedureError, match="begins with case_opened"):
        fold(entries(events[1:]))
    with pytest.raises(ProcedureError, match="second case"):
        fold(entries([events[0], events[0]]))
    with pytest.raises(ProcedureError, match="no round r1 was asked"):
        fold(entries([events[0], events[2]]))


def test_the_fold_keeps_who_was_asked_and_what_ended_a_round() -> None:
    dossier = closed_early()
    (record,) = dossier.rounds
    assert (record.closed, record.seats) == ("deadline", ("melchior", "balthasar", "casper"))
    assert list(record.responses) == ["melchior", "balthasar"]
    refused = RoundRefused(round_id="r2", reason="deadline")
    assert fold(entries([CaseOpened(case=case_of(dossier)), refused])).refused == Refused(
        "deadline"
    )


def head_after(events: Sequence[Event]) -> Head:
    head: Head | None = None
    for entry in entries(events):
        head = advance(head, entry)
    assert head is not None
    return head


def test_a_head_follows_the_journal_event_by_event() -> None:
    course = deliberated(a_case(), {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]})
    head = head_after(course.events)
    assert (head.status, head.outcome, head.ruling) == ("decided", "majority", "yes")
    assert (head.opened_at, head.updated_at) == (OPENED_AT, OPENED_AT + 5)
    assert head_after(course.events[:4]).status == "running"
    stopped = head_after([*course.events[:4], Cancelled(by="user")])
    assert (stopped.status, stopped.outcome) == ("cancelled", None)


def test_there_is_no_head_before_the_case_is_known() -> None:
    asked = deliberated(a_case(), {"ada": ["yes"], "ben": ["yes"], "cleo": ["no"]}).events[1]
    assert advance(None, Entry(seq=1, at=0.0, event=asked)) is None


def test_a_head_without_a_ruling_is_undecided() -> None:
    course = deliberated(a_case(), {"ada": ["yes"], "ben": ["no"], "cleo": ["abstain"]})
    head = head_after(course.events)
    assert (head.status, head.outcome, head.ruling) == ("undecided", "tie", None)


def test_a_failed_council_has_a_failed_head() -> None:
    course = deliberated(a_case(), {seat: [failed()] for seat in ("ada", "ben", "cleo")})
    assert head_after(course.events).status == "failed"


def test_a_dossier_is_named_by_its_last_eight_characters() -> None:
    assert short_id(DOSSIER_ID) == "8c1f27ab"
