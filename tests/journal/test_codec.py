"""The codec: whatever an event holds comes back exactly, through text any database takes."""

import json
import sqlite3
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from magi_mcp.core.ballots import Abstention, Ballot, Missing, Position, Unreadable
from magi_mcp.core.case import Case, Lens, Limits, Seat
from magi_mcp.core.events import (
    AskIssued,
    AskReopened,
    Cancelled,
    CaseOpened,
    CouncilFailed,
    Event,
    LateReply,
    OutcomeRecorded,
    ReplyReceived,
    Resumed,
    RoundAsked,
    RoundClosed,
    RoundRefused,
    VerdictReached,
)
from magi_mcp.core.heads import Head
from magi_mcp.core.replies import Abstained, Answered, Failed, Reply, Usage
from magi_mcp.core.verdict import Decision, Findings, MindChange
from magi_mcp.journal.codec import (
    SHARED_FROM,
    Shelf,
    Undecodable,
    decode,
    decode_head,
    encode,
    encode_head,
)
from tests.journal.samples import case, dossier_id, opened, reply

FIRST, SECOND = dossier_id(1), dossier_id(2)
ODD = [
    "nul \x00 " * 100,
    "\x10text:sha256:" + "0" * 64,
    "\x10escaped:\\x41",
    "\x10number:inf",
    "\x10",
    "text:",
]

any_character = st.characters(exclude_categories=())
valid_text = st.text() | st.sampled_from(ODD) | st.text(min_size=1).map(lambda s: s * 300)
any_text = valid_text | st.text(any_character) | st.text(any_character).map(lambda s: s * 100)
any_name = st.text(min_size=1)
amount = st.none() | st.integers(0, 10**9)
duration_s = st.floats(0.001, allow_nan=False)

usage = st.builds(
    Usage, tokens_in=amount, tokens_out=amount, cost_usd=st.none() | st.floats(0, 1e6)
)
replies: st.SearchStrategy[Reply] = st.one_of(
    st.builds(Answered, text=any_text, served_by=any_text, usage=usage, elapsed_s=duration_s),
    st.builds(Abstained, reason=any_text, served_by=st.none() | any_text, usage=usage),
    st.builds(Failed, failure=st.sampled_from(["timeout", "server"]), detail=any_text),
)
ballots: st.SearchStrategy[Ballot] = st.one_of(
    st.builds(
        Position,
        position=any_text,
        argument=any_text,
        would_flip=st.none() | any_text,
        confidence=st.none() | st.floats(0, 1),
        needs=st.lists(any_text, max_size=2).map(tuple),
    ),
    st.builds(Abstention, reason=any_text),
    st.builds(Unreadable, reason=any_text),
    st.builds(Missing, reason=any_text),
)
cases = st.builds(
    Case,
    dossier_id=st.just(FIRST),
    question=valid_text.map(lambda text: text + "?"),
    context=any_text,
    method=st.just("yes_no"),
    protocol=st.just("vote"),
    procedure=any_name,
    seats=st.lists(
        st.builds(
            Seat,
            name=any_name,
            model=any_name,
            lens=st.none() | st.builds(Lens, name=any_text, text=any_text),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda seat: seat.name,
    ).map(tuple),
    limits=st.builds(Limits, timeout_s=duration_s, deadline_s=duration_s),
    seed=any_text,
    prompts=st.dictionaries(any_text, any_text, max_size=3),
)
decisions = st.builds(
    Decision,
    findings=st.builds(
        Findings,
        ruling=st.none() | any_text,
        mind_changes=st.lists(
            st.builds(
                MindChange,
                seat=any_text,
                round=st.integers(1, 3),
                from_=st.none() | any_text,
                to=st.none() | any_text,
                because=st.none() | any_text,
            ),
            max_size=2,
        ).map(tuple),
    ),
    rounds=st.integers(0, 3),
    labels=st.dictionaries(any_text, any_text, max_size=3),
    degraded=st.booleans(),
    provisional=st.booleans(),
)
by_kind: dict[type[BaseModel], st.SearchStrategy[Event]] = {
    CaseOpened: st.builds(CaseOpened, case=cases),
    RoundAsked: st.builds(
        RoundAsked,
        round_id=any_text,
        number=st.integers(1, 4),
        purpose=st.just("answer"),
        asks=st.tuples(st.builds(AskIssued, ask_id=any_text, seat=any_text, digest=any_text)),
        pseudonyms=st.dictionaries(any_text, any_text, max_size=3),
    ),
    ReplyReceived: st.builds(
        ReplyReceived,
        ask_id=any_text,
        seat=any_text,
        reply=replies,
        ballot=st.none() | ballots,
    ),
    RoundClosed: st.builds(
        RoundClosed,
        round_id=any_text,
        reason=st.sampled_from(("deadline", "settled")),
        missing=st.lists(any_text, max_size=2).map(tuple),
    ),
    LateReply: st.builds(LateReply, ask_id=any_text, seat=any_text, reply=replies),
    RoundRefused: st.builds(
        RoundRefused,
        round_id=any_text,
        reason=st.sampled_from(("deadline", "budget", "cancelled")),
        detail=any_text,
    ),
    VerdictReached: st.builds(VerdictReached, decision=decisions),
    CouncilFailed: st.builds(CouncilFailed, causes=st.lists(any_text, max_size=2).map(tuple)),
    Cancelled: st.builds(Cancelled, by=any_text),
    Resumed: st.builds(Resumed, by=any_text, warnings=st.lists(any_text, max_size=2).map(tuple)),
    AskReopened: st.builds(AskReopened, ask_id=any_text, seat=any_text),
    OutcomeRecorded: st.builds(OutcomeRecorded, correct=st.none() | st.booleans()),
}
events = st.one_of(*by_kind.values())


def no_texts(address: str) -> None:
    """A place where no text is kept."""


def test_every_kind_of_event_is_among_those_that_are_tried() -> None:
    union, _ = get_args(Event)
    assert set(by_kind) == set(get_args(union))


@settings(deadline=None)
@given(event=events)
def test_any_event_comes_back_exactly_through_a_database(event: Event) -> None:
    shelf = Shelf()
    with_texts = [encode(event, shelf), *shelf.texts.values()]
    connection = sqlite3.connect(":memory:")
    try:
        stored = [connection.execute("SELECT ?", (text,)).fetchone()[0] for text in with_texts]
    finally:
        connection.close()
    shelved = dict(zip(shelf.texts, stored[1:], strict=True))
    assert decode(stored[0], shelved.get) == event


@settings(deadline=None)
@given(event=events)
def test_what_is_written_is_json_that_others_can_read(event: Event) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    json.loads(encode(event, Shelf()), parse_constant=refuse)


@given(question=any_text, ruling=st.none() | any_text)
def test_any_head_comes_back_exactly(question: str, ruling: str | None) -> None:
    head = Head(
        dossier_id=FIRST,
        kind="deliberation",
        question=question,
        method="yes_no",
        protocol="vote",
        status="decided",
        outcome="unanimous",
        ruling=ruling,
        provisional=True,
        opened_at=1.5,
        updated_at=2.25,
    )
    shelf = Shelf()
    assert decode_head(encode_head(head, shelf), shelf.texts.get) == head


def test_a_threshold_is_still_the_decimal_number_that_was_written() -> None:
    event = CaseOpened(case=case(FIRST).model_copy(update={"limits": Limits(vote_threshold=0.66)}))
    shelf = Shelf()
    again = decode(encode(event, shelf), shelf.texts.get)
    assert isinstance(again, CaseOpened)
    assert again.case.limits.threshold == Fraction(66, 100)


def test_plain_text_is_stored_as_it_is_and_can_be_searched() -> None:
    assert '"text":"Grüße, 日本 {x}"' in encode(reply("Grüße, 日本 {x}"), Shelf())


def test_long_texts_of_a_case_are_stored_once_for_all_dossiers() -> None:
    context = "c" * SHARED_FROM
    shelf = Shelf()
    written = [encode(opened(each, context=context), shelf) for each in (FIRST, SECOND)]
    assert sorted(shelf.texts.values()) == sorted(
        [context, "Doubt. " * 60, case(FIRST).prompts["yes_no"]]
    )
    assert not any(context in each or "Doubt. Doubt." in each for each in written)


def test_no_nul_reaches_the_database_where_many_functions_would_stop_at_it() -> None:
    context = "before \x00 after " * 100
    shelf = Shelf()
    event = opened(FIRST, context=context)
    written = [encode(event, shelf), *shelf.texts.values()]
    assert not any("\x00" in each for each in written)
    assert decode(written[0], shelf.texts.get) == event


def test_short_texts_and_replies_stay_where_they_are() -> None:
    shelf = Shelf()
    encode(opened(FIRST, context="c" * (SHARED_FROM - 1)), shelf)
    encode(reply("r" * 10_000), shelf)
    assert not {"c" * (SHARED_FROM - 1), "r" * 10_000} & set(shelf.texts.values())


def test_a_missing_text_is_named() -> None:
    shelf = Shelf()
    stored = encode(opened(FIRST), shelf)
    with pytest.raises(Undecodable, match=r"the text sha256:[0-9a-f]{64} is missing"):
        decode(stored, no_texts)


def test_a_changed_text_is_noticed() -> None:
    shelf = Shelf()
    stored = encode(opened(FIRST), shelf)
    changed = {address: text + "!" for address, text in shelf.texts.items()}
    with pytest.raises(Undecodable, match="was changed"):
        decode(stored, changed.get)


@pytest.mark.parametrize(
    ("stored", "cause"),
    [
        ("", "not JSON"),
        ('{"type":', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "dictionary"),
        ('{"by": "x"}', "type"),
        ('{"type": "omen_seen"}', "this version of magi-mcp knows no 'omen_seen'"),
        ('{"type": "cancelled"}', "cancelled.by: Field required"),
        ('{"type": "cancelled", "by": "x", "why": "y"}', "cancelled.why: Extra inputs"),
        ('{"type": "cancelled", "by": "\udcff"}', "not valid Unicode"),
        ('{"type": "cancelled", "by": "\\u0010escaped:é"}', "escaped string is damaged"),
        ('{"type": "cancelled", "by": "\\u0010escaped:\\\\ud8"}', "escaped string is damaged"),
        ('{"type": "cancelled", "by": "\\u0010spoken:x"}', "unknown form"),
        ('{"type": "cancelled", "by": "\\u0010number:7"}', "unknown form"),
    ],
)
def test_what_is_no_event_is_refused_with_its_cause(stored: str, cause: str) -> None:
    with pytest.raises(Undecodable, match=cause):
        decode(stored, no_texts)


def test_a_case_that_could_not_be_put_today_is_refused_with_its_cause() -> None:
    shelf = Shelf()
    stored = encode(opened(FIRST, question="Why?"), shelf).replace("Why?", " ")
    with pytest.raises(Undecodable, match="question: is blank"):
        decode(stored, shelf.texts.get)
