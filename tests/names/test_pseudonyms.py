"""Pseudonyms go out, seats' names come back, by the map of the round that was read. R12."""

import re

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.events import RoundAsked
from magi_mcp.core.names import renamed, restored
from magi_mcp.core.pseudonyms import _NAMES, blinding
from magi_mcp.core.replies import Reply
from magi_mcp.core.report import markdown
from magi_mcp.core.result import verdict_of
from tests.core.paper import Course, a_case, deliberated, voted, wrote

SEATS = ("ada", "ben", "cleo")
WORDS = st.sampled_from([*_NAMES, *(n.lower() for n in _NAMES), "Voice-201", "lock", ".", "\n"])


@given(st.lists(st.one_of(WORDS, st.sampled_from(["{ada}", "{ben}", "{cleo}", "{ada}'s"]))))
def test_what_was_written_under_pseudonyms_comes_back_with_names(words: list[str]) -> None:
    told = " ".join(words)
    names = blinding("seed", 2, SEATS, spoken=[told]).names
    written = told.format(**names)
    assert restored(written, names) == told.format(ada="Ada", ben="Ben", cleo="Cleo")


@given(st.lists(WORDS), st.integers(2, 4), st.integers(2, 15))
def test_no_pseudonym_is_a_word_of_what_is_read(words: list[str], number: int, seats: int) -> None:
    told = " ".join([*words, *_NAMES[: seats * 4]])
    names = blinding("seed", number, [f"s{n}" for n in range(seats)], spoken=[told]).names
    assert len(names) == len(set(names.values())) == seats
    spoken = set(re.findall(r"[\w-]+", told.casefold()))
    assert not spoken & {name.casefold() for name in names.values()}
    assert restored(told, names) == told


def test_pseudonyms_are_new_in_each_round_even_where_many_words_are_taken() -> None:
    told = " ".join(_NAMES[::2])
    rounds = [blinding("seed", n, [f"s{i}" for i in range(15)], spoken=[told]) for n in (2, 3, 4)]
    drawn = [name for each in rounds for name in each.names.values()]
    assert len(set(drawn)) == len(drawn) == 45


def test_a_reference_to_an_earlier_round_is_renamed() -> None:
    earlier = {"ada": "Amber", "ben": "Birch", "cleo": "Cedar"}
    now = {"ada": "Delta", "ben": "Amber"}
    text = "Amber and Birch's lock; Cedar agrees; amber does not, nor Amberley."
    assert renamed(text, earlier, now) == (
        "Delta and Amber's lock; another member agrees; amber does not, nor Amberley."
    )
    assert renamed(text, {}, now) == text
    assert restored("Amber, Birch.", earlier) == "Ada, Ben."


def shown(course: Course, ask_id: str) -> dict[str, str]:
    """The map of the round that an ask belongs to."""
    return dict(
        next(
            event.pseudonyms
            for event in course.events
            if isinstance(event, RoundAsked)
            and any(issued.ask_id == ask_id for issued in event.asks)
        )
    )


def gossip(ask: Ask) -> Reply:
    """Answers that speak of peers by the pseudonyms the ask shows them under."""
    shown = re.findall(r"\[begin answer of (\S+) [0-9a-f]+\]\n(.*?)\n\[end", ask.prompt, re.DOTALL)
    named = {seat: name for name, text in shown for seat in SEATS if f"<{seat}>" in text}
    others = ", ".join(f"{seat}={name}" for seat, name in sorted(named.items()))
    number = ask.ask_id.partition("/")[0]
    argument = f"<{ask.seat}> argues in {number} of {others or 'nobody'}."
    if ask.purpose == "ruling":
        return wrote(f"Ruled on {others}.")
    if ask.seat == "cleo" and number != "r1":
        return voted("no", argument, would_flip=f"flip {others}", because=f"cause {others}")
    return voted("no" if ask.seat == "ben" else "yes", argument, would_flip=f"flip {others}")


def gossiped() -> Course:
    """Two rounds of rebuttal: cleo moves to no in the first; ben and ada hold."""
    limits = Limits(min_rounds=2, max_rounds=2)
    return deliberated(a_case(protocol="critique", rapporteur="always", limits=limits), gossip)


def test_names_return_everywhere_by_the_map_of_the_round_the_author_read() -> None:
    course = gossiped()
    findings = course.findings
    (change,) = findings.mind_changes
    assert (change.seat, change.round) == ("cleo", 2)
    assert change.because == "cause ada=Ada, ben=Ben"
    (dissent,) = findings.minority_report
    assert dissent.argument == "<ada> argues in r3 of ben=Ben, cleo=Cleo."
    assert dissent.would_flip == "flip ben=Ben, cleo=Cleo"
    assert findings.answer == "Ruled on ada=Ada, ben=Ben, cleo=Cleo."
    summaries = {ballot.seat: ballot.summary for ballot in findings.ballots}
    assert summaries["ben"] == "<ben> argues in r3 of ada=Ada, cleo=Cleo."

    dossier = course.dossier()
    report = markdown(dossier).replace("\\", "")
    for number in ("r2", "r3"):
        assert f"<ben> argues in {number} of ada=Ada, cleo=Cleo." in report
    used = {name for event in course.events if isinstance(event, RoundAsked)
            for name in event.pseudonyms.values()}  # fmt: skip
    assert len(used) >= 6
    spoken = set(re.findall(r"\w+", report + repr(verdict_of(dossier))))
    assert not used & spoken


def test_a_peer_s_words_of_the_last_round_name_others_as_this_round_does() -> None:
    course = gossiped()
    before, now = shown(course, "r2/ada"), shown(course, "r3/ada")
    prompt = course.ask("r3/cleo").prompt
    assert f"<ada> argues in r2 of ben={now['ben']}, cleo=another member." in prompt
    assert f"<cleo> argues in r2 of ada={now['ada']}, ben={now['ben']}." in prompt, "its own words"
    for ask in course.asks:
        if ask.ask_id.startswith("r3/"):
            assert not set(before.values()) & set(re.findall(r"\w+", ask.prompt))
