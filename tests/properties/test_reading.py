"""Strict reading on generated replies: nothing is guessed, nothing is matched by its parts."""

import json
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from magi_mcp.core.ballots import Abstention, Position, Unreadable
from magi_mcp.core.choices import ABSTAIN, Choices, check_options
from magi_mcp.core.errors import CallerError
from magi_mcp.core.events import EVENT, ReplyReceived
from magi_mcp.core.forms import BallotForm, Closed, GroupingForm, Open
from magi_mcp.core.normal_form import normal_form, one_line
from magi_mcp.core.replies import Answered
from tests.properties.search import examples

FORMS = (
    BallotForm(Closed(Choices(("yes", "no"), ids=("yes", "no")))),
    BallotForm(Closed(Choices(("Adopt", "Do not adopt")))),
    BallotForm(Open(), revision=True),
)
PIECES = [
    *'{}":,[]\\`*_>#-()</.!\n\r\t\x00\x1b\u200b\u2028\ud800éß ',
    *"position argument yes no not A B adopt abstain null 1 <think> </think> ```".split(),
    *('"position"', "POSITION:", "Do not adopt", '{"position": "yes"}', "\n\n"),
]
rubbish = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
words = st.text(max_size=30) | st.sampled_from(["Option A", "Option D", "C", "C++", "C#", "Plan B"])


@st.composite
def some_options(draw: st.DrawFn) -> list[str]:
    options = draw(st.lists(words, min_size=2, max_size=6))
    try:
        check_options(options)
    except CallerError:
        assume(False)
    return options


@examples(200)
@given(st.sampled_from(FORMS), rubbish)
def test_any_text_is_read_as_one_ballot_that_can_be_journaled(form: BallotForm, text: str) -> None:
    ballot = form.read(text)
    assert ballot == form.read(text)
    assert (form.fault(text) is None) == (not isinstance(ballot, Unreadable))
    reply = Answered(text=text.encode("utf-8", "replace").decode(), served_by="m")
    event = ReplyReceived(ask_id="r1/a", seat="a", reply=reply, ballot=ballot)
    assert EVENT.validate_json(EVENT.dump_json(event)) == event
    match ballot:
        case Position(position=position) if isinstance(form.scale, Closed):
            assert position in form.scale.choices.labels
        case Position(position=position):
            assert position == one_line(position)
            assert normal_form(position) not in ("", ABSTAIN)
        case Abstention() | Unreadable():
            pass


@examples(100)
@given(some_options(), st.data())
def test_every_option_is_recognised_by_its_text_and_by_its_id(
    options: list[str], data: st.DataObject
) -> None:
    choices = Choices(options)
    place = data.draw(st.integers(0, len(options) - 1))
    read = {
        BallotForm(Closed(choices)).read(json.dumps({"position": stated}))
        for stated in (options[place], choices.ids[place], f"({choices.ids[place]})")
    }
    assert {ballot.position for ballot in read if isinstance(ballot, Position)} == {options[place]}
    assert len(read) == 1


@examples(200)
@given(
    some_options(), st.data(), st.sampled_from(["not {}", "do not {}", "{}, but not now", "un{}"])
)
def test_no_option_is_recognised_in_a_text_that_says_more(
    options: list[str], data: st.DataObject, frame: str
) -> None:
    option = data.draw(st.sampled_from(options))
    stated = frame.format(option)
    named = {normal_form(spelt) for label in options for spelt in (label, "un", "not", "do not")}
    assume(normal_form(stated) not in named)
    assume(normal_form(option))
    assert Choices(options).recognise(stated) is None


@examples(100)
@given(st.text(max_size=40))
def test_a_normal_form_loses_nothing_but_what_surrounds_a_text(text: str) -> None:
    form = normal_form(text)
    assert form == form.strip()
    assert normal_form(f"  **{form}** ") == normal_form(form)
    assert one_line(one_line(text)) == one_line(text)


@examples(100)
@given(st.text(st.characters(codec="ascii"), max_size=40))
def test_the_same_words_in_any_case_are_one_position(text: str) -> None:
    assert normal_form(text.upper()) == normal_form(text.lower()) == normal_form(f" {text}\n")


@examples(100)
@given(words, words)
def test_two_positions_that_differ_in_more_than_their_looks_are_no_ballot(
    one: str, other: str
) -> None:
    assume(normal_form(one) != normal_form(other))
    both = json.dumps({"position": one}) + json.dumps({"position": other})
    stated = [text for text in (one, other) if text.strip()]
    assert isinstance(BallotForm(Open()).read(both), Unreadable) or len(stated) == 1


@examples(200)
@given(st.integers(1, 6), st.integers(0, 3), st.lists(st.lists(st.integers(0, 7)), max_size=7))
def test_a_grouping_is_a_partition_that_keeps_known_differences_or_it_is_refused(
    count: int, established: int, groups: list[list[int]]
) -> None:
    form = GroupingForm(count=count, established=min(established, count))
    read = form.read(json.dumps({"groups": groups}))
    if isinstance(read, str):
        return
    assert sorted(number for group in read for number in group) == list(range(1, count + 1))
    assert all(sum(number <= form.established for number in group) <= 1 for group in read)
    assert [list(group) for group in read] == groups


@examples(100)
@given(st.permutations(range(1, 6)), st.sets(st.integers(1, 4)))
def test_every_partition_is_accepted(order: list[int], cuts: set[int]) -> None:
    bounds = [0, *sorted(cuts), 5]
    groups = [order[a:b] for a, b in pairwise(bounds)]
    assert GroupingForm(count=5).read(json.dumps({"groups": groups})) == tuple(map(tuple, groups))
