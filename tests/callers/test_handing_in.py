"""What is taken of a hand-in, and what is refused by name. Contract: `submit_replies`."""

import pytest

from magi_mcp.core.callers import CALLER, PLAYED
from magi_mcp.core.case import Limits
from magi_mcp.core.dossier import fold
from magi_mcp.core.errors import CallerError
from magi_mcp.core.events import Cancelled, CaseOpened, ReplyReceived, VerdictReached
from magi_mcp.core.heads import Head, advance
from magi_mcp.core.playing import MAX_MODEL_CHARS, MAX_REPLY_CHARS, HandedIn, open_asks, take
from magi_mcp.core.replies import Answered, Usage
from magi_mcp.core.result import as_json, verdict_of
from tests.callers.stage import CLAUDE, GPT, Paper, a_callers_case, vote, votes
from tests.core.paper import OPENED_AT, a_case, decision_in, deliberated, entries

SEATS = ("ada", "ben", "cleo")


def paper() -> Paper:
    return Paper(a_callers_case())


def head_of(on: Paper) -> Head:
    head: Head | None = None
    for entry in on.entries:
        head = advance(head, entry)
    assert head is not None
    return head


def decided(*replies: HandedIn) -> VerdictReached:
    on = paper()
    on.hand_in(*replies)
    assert isinstance(on.newest, VerdictReached)
    return on.newest


def test_a_council_opens_with_its_first_round_and_awaits_replies() -> None:
    on = paper()
    assert on.kinds == ["case_opened", "round_asked"]
    assert on.open == ["r1/ada", "r1/ben", "r1/cleo"]
    for driven in (True, False):
        assert fold(on.entries, driven=driven).status == "awaiting_replies"
    assert head_of(on).status == "awaiting_replies"


def test_a_part_is_kept_and_the_round_stays_open() -> None:
    on = paper()
    assert on.hand_in(vote("r1/ben", "yes", CLAUDE)) == ()
    assert on.open == ["r1/ada", "r1/cleo"]
    assert fold(on.entries).status == "awaiting_replies"


def test_the_last_reply_of_a_round_brings_the_verdict_with_it() -> None:
    on = paper()
    on.hand_in(*votes("yes", "ada", "ben"))
    on.hand_in(vote("r1/cleo", "yes"))
    assert on.kinds[-2:] == ["reply_received", "verdict_reached"]
    assert head_of(on).status == "decided"


def test_a_split_goes_on_to_a_round_in_which_they_read_one_another() -> None:
    on = paper()
    on.hand_in(
        vote("r1/ada", "yes", argument="It was rehearsed."),
        vote("r1/ben", "no", argument="The rows stay."),
        vote("r1/cleo", "abstain"),
    )
    assert on.open == ["r2/ada", "r2/ben", "r2/cleo"]
    prompts = {ask.seat: ask.prompt for ask in open_asks(on.entries)}
    assert "The rows stay." in prompts["ada"]
    assert "It was rehearsed." in prompts["ben"]


def test_the_word_caller_gives_no_seat_away() -> None:
    on = paper()
    words = "As the caller, the desk hears the rollback fail first."
    on.hand_in(
        vote("r1/ada", "yes", argument=words), vote("r1/ben", "no"), vote("r1/cleo", "abstain")
    )
    assert words in next(ask.prompt for ask in open_asks(on.entries) if ask.seat == "ben")


def test_who_gave_a_reply_is_its_family_and_what_it_cost_is_unknown() -> None:
    on = paper()
    on.hand_in(vote("r1/ada", "yes", f" {CLAUDE}\n"), vote("r1/ben", "yes"))
    replies = [e.event.reply for e in on.entries if isinstance(e.event, ReplyReceived)]
    assert [r.served_by for r in replies if isinstance(r, Answered)] == [CLAUDE, CALLER]
    assert all(reply.usage == Usage(calls=1) for reply in replies)
    result = as_json(verdict_of(fold(on.entries)), "full")
    assert [result[key] for key in ("calls", "tokens_in", "tokens_out", "cost_usd")] == [
        2, None, None, None,
    ]  # fmt: skip


def test_one_family_on_every_seat_is_no_council_with_full_authority() -> None:
    one = decided(*(vote(f"r1/{seat}", "yes", CLAUDE) for seat in ("ada", "ben", "cleo")))
    assert one.decision.provisional
    several = decided(*votes("yes", "ada", "ben", "cleo"))
    assert not several.decision.provisional
    for verdict in (one, several):
        assert PLAYED in verdict.decision.warnings


def test_without_models_the_family_is_unknown_and_a_warning_says_so() -> None:
    verdict = decided(*(vote(f"r1/{seat}", "yes") for seat in ("ada", "ben", "cleo")))
    assert any(
        w.startswith("Model family unknown for ada, ben, cleo") for w in verdict.decision.warnings
    )
    confidence = decision_in(verdict).findings.confidence
    assert confidence is not None
    assert confidence.value is None


def test_the_same_text_again_is_there_already() -> None:
    on = paper()
    ballots = votes("yes", "ada", "ben")
    on.hand_in(*ballots)
    before = on.kinds
    assert on.hand_in(*ballots) == ()
    again = HandedIn("r1/ada", f"\n{ballots[0].text} ", "another model")
    assert on.hand_in(again) == ()
    assert on.kinds == before
    assert on.hand_in(*ballots, vote("r1/cleo", "yes")) == ()
    assert on.hand_in(*ballots) == (), "after the end as well"


def test_a_second_text_for_an_answered_ask_is_refused_and_the_first_holds() -> None:
    on = paper()
    on.hand_in(vote("r1/ada", "yes"))
    with pytest.raises(CallerError, match=r"^replies: nothing was taken. 'r1/ada': it has its rep"):
        on.hand_in(vote("r1/ada", "no"))
    refused = on.hand_in(vote("r1/ada", "no"), vote("r1/ben", "yes"), vote("r1/ben", "no"))
    assert [each.partition(":")[0] for each in refused] == ["'r1/ada'", "'r1/ben'"]
    assert on.open == ["r1/cleo"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (vote("r9/ada", "yes"), "'r9/ada': there is no such ask. Open: r1/ada, r1/ben, r1/cleo."),
        (vote("", "yes"), "'': there is no such ask."),
        (vote("r1/arbiter", "yes"), "'r1/arbiter': there is no such ask."),
        (HandedIn("r1/ada", " \n"), "'r1/ada': its text is empty; answer as Ada."),
        (HandedIn("r1/ada", "x" * (MAX_REPLY_CHARS + 1)), "has 50001 characters, more than 50000"),
        (HandedIn("r1/ada", "half: \ud83d"), "'r1/ada': its text holds half of a surrogate pair"),
        (vote("r1/ada", "yes", "m" * (MAX_MODEL_CHARS + 1)), "'r1/ada': its model has 257"),
        (vote("r1/ada", "maybe"), "'r1/ada': it cannot be read: its position \"maybe\" is not"),
        (HandedIn("r1/ada", "It depends."), 'it cannot be read: it has no "position".'),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(given: HandedIn, told: str) -> None:
    on = paper()
    before = on.kinds
    with pytest.raises(CallerError) as refusal:
        on.hand_in(given)
    assert told in str(refusal.value)
    assert "Open: r1/ada, r1/ben, r1/cleo." in str(refusal.value)
    assert on.kinds == before


def test_an_unreadable_reply_is_told_in_which_form_it_is_wanted() -> None:
    with pytest.raises(CallerError, match=r'\nReply with one JSON object and nothing else:\n- "a'):
        paper().hand_in(HandedIn("r1/ada", "It depends."))


def test_what_can_be_taken_beside_it_is() -> None:
    on = paper()
    refused = on.hand_in(HandedIn("r1/ada", "It depends."), vote("r1/ben", "yes"))
    assert len(refused) == 1
    assert refused[0].startswith("'r1/ada': it cannot be read")
    assert on.open == ["r1/ada", "r1/cleo"]
    assert on.hand_in(*votes("yes", "ada", "cleo")) == ()
    assert isinstance(on.newest, VerdictReached)


def test_an_ask_of_an_earlier_round_is_refused_as_answered() -> None:
    on = paper()
    on.hand_in(vote("r1/ada", "yes"), vote("r1/ben", "no"), vote("r1/cleo", "abstain"))
    with pytest.raises(CallerError, match=r"'r1/ben': it has its reply.*Open: r2/ada, r2/ben"):
        on.hand_in(vote("r1/ben", "yes"))


def test_an_ask_of_the_next_round_cannot_be_answered_before_it_was_put() -> None:
    on = paper()
    replies = (vote("r1/ada", "yes"), vote("r1/ben", "no"), vote("r1/cleo", "abstain"))
    assert on.hand_in(*replies, vote("r2/ada", "no")) == ("'r2/ada': there is no such ask.",)
    assert on.open == ["r2/ada", "r2/ben", "r2/cleo"]


def test_an_ask_that_was_not_waited_for_is_refused() -> None:
    on = Paper(a_callers_case(Limits(early_close=True, max_rounds=1), "critique"))
    on.hand_in(vote("r1/ada", "yes"), vote("r1/ben", "yes"), vote("r1/cleo", "no"))
    on.hand_in(vote("r2/ada", "yes"))
    on.hand_in(vote("r2/ben", "yes"))
    assert on.kinds[-2:] == ["round_closed", "verdict_reached"]
    with pytest.raises(CallerError, match=r"'r2/cleo': no reply to it is awaited any more. It has"):
        on.hand_in(vote("r2/cleo", "yes"))


def test_no_replies_at_all_are_refused() -> None:
    with pytest.raises(CallerError, match=r"^replies: none given"):
        paper().hand_in()


def test_what_was_stopped_awaits_nothing_until_somebody_goes_on() -> None:
    on = paper()
    on.write([Cancelled(by="somebody")])
    assert (fold(on.entries).status, head_of(on).status) == ("cancelled", "cancelled")
    assert on.open == []
    with pytest.raises(CallerError, match=r'was stopped; control_dossier\("8c1f27ab", "resume"\)'):
        on.hand_in(vote("r1/ada", "yes"))


def test_what_models_answer_takes_no_replies_of_the_caller() -> None:
    course = deliberated(a_case(), {seat: ["yes"] for seat in ("ada", "ben", "cleo")})
    with pytest.raises(CallerError, match=r"^dossier_id: 8c1f27ab is answered by models"):
        take(entries(course.events), votes("yes", "ada"), OPENED_AT)
    assert open_asks(entries(course.events)) == ()


def test_asks_of_a_procedure_unknown_here_are_told_by_name_alone() -> None:
    on = paper()
    case = a_callers_case().model_copy(update={"procedure": "yes_no/vote@99"})
    on.entries[0] = on.entries[0].model_copy(update={"event": CaseOpened(case=case)})
    assert on.open == []
    result = as_json(verdict_of(fold(on.entries), asks=open_asks(on.entries)), "full")
    assert result["status"] == "awaiting_replies"
    assert result["asks"] == [{"ask_id": f"r1/{name}", "seat": name} for name in SEATS]


def test_the_result_tells_each_open_ask_with_all_that_a_seat_would_be_sent() -> None:
    on = paper()
    on.hand_in(vote("r1/ben", "yes", GPT))
    dossier = fold(on.entries)
    result = as_json(verdict_of(dossier, now=OPENED_AT + 60, asks=open_asks(on.entries)), "full")
    assert result["status"] == "awaiting_replies"
    asks = result["asks"]
    assert isinstance(asks, list)
    assert [(ask["ask_id"], ask["seat"]) for ask in asks if isinstance(ask, dict)] == [
        ("r1/ada", "ada"),
        ("r1/cleo", "cleo"),
    ]
    first = asks[0]
    assert isinstance(first, dict)
    assert "You sit on a council" in str(first["system"])
    assert "Should we ship 4.2 on Friday?" in str(first["prompt"])
    assert "Reply with one JSON object" in str(first["prompt"])
    assert 'submit_replies("8c1f27ab", replies=[' in str(result["next_step"])
    assert result["ballots"] == [], "nobody is shown half a vote"
    progress = result["progress"]
    assert isinstance(progress, dict)
    assert (progress["answered"], progress["seats"], progress["seconds_left"]) == (1, 3, None)


def test_only_what_awaits_replies_has_asks() -> None:
    on = paper()
    on.hand_in(*votes("yes", "ada", "ben", "cleo"))
    result = as_json(verdict_of(fold(on.entries)), "full")
    assert "asks" not in result
    assert "progress" not in result
