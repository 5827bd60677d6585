"""An anonymous council: real names stay in the journal, and nothing tells who is who."""

import json
import re

import pytest
from pydantic import JsonValue

from magi_mcp.convening import Request
from magi_mcp.core.announcement import announce
from magi_mcp.core.anonymity import Mask, shown_names
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import METHODS, Candidate, Limits, MethodName
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.forms import BallotForm, GroupingForm, RatingForm
from magi_mcp.core.replies import Answered, Failed
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.seats.scripted import Line, Script
from tests.support.councils import ballot, scripted_council

MODELS = {
    "melchior": "openai/gpt-5.4-nano",
    "balthasar": "anthropic/claude-haiku-4-5",
    "casper": "openrouter/deepseek/deepseek-v3.2",
    "arbiter": "mistral/mistral-large",
}
SECRETS = ("melchior", "balthasar", "casper", "gpt-5", "claude", "deepseek", "mistral", "openai")
ABOUT_PEERS = "Melchior, Balthasar and Casper are wrong, by Casper's own words"
OPINIONS = {
    "melchior": ("yes", "0.9", "Ship as Balthasar says"),
    "balthasar": ("no", "0.1", "Wait for Casper"),
    "casper": ("no", "0.2", "Ask Melchior"),
    "arbiter": ("no", "", ""),
}


def seat(name: str, method: str) -> Script:
    """A seat that signs what it says, and speaks of its peers by their names."""

    def answer(ask: Ask) -> Line:
        model = MODELS[name]
        if name == "casper" and ask.purpose == "rating":
            return Failed(failure="unknown_model", detail=f"404: there is no {model}")
        said = f"As {model.rpartition('/')[2]}, I say {ABOUT_PEERS}."
        return Answered(text=json.dumps(_fields(ask, name, method, said)), served_by=model)

    return answer


def _fields(ask: Ask, name: str, method: str, said: str) -> dict[str, JsonValue]:
    closed, probability, words = OPINIONS[name]
    match ask.form:
        case GroupingForm(count=count):
            return {"groups": [[number] for number in range(1, count + 1)]}
        case RatingForm(names=names):
            return {"ratings": [{"draft": n, "score": len(n), "why": said} for n in names]}
        case BallotForm() if ask.purpose == "ratification":
            return ballot("accept" if closed == "yes" else "object", said)
        case BallotForm():
            position = {"probability": probability, "yes_no": closed, "options": closed}
            return ballot(
                position.get(method, words), said, would_flip=said, because=said, needs=[said]
            )
        case _:
            lists = ("consensus", "contradictions", "blind_spots")
            return {"text": said, **{key: [said] for key in lists}}


async def dossier_of(method: MethodName, *, anonymous: bool = True) -> Dossier:
    scripts = {name: seat(name, method) for name in MODELS}
    async with scripted_council(scripts, limits=Limits(max_rounds=1)) as council:
        request = Request(
            question="Should we ship?",
            method=method,
            options=("yes", "no") if method == "options" else (),
            protocol="escalate",
            anonymous=anonymous,
        )
        return await (await council.put(request)).wait()


def shown(dossier: Dossier) -> dict[str, str]:
    verdict = verdict_of(dossier)
    return {
        "json": json.dumps(as_json(verdict, "full"), ensure_ascii=False),
        "announcement": announce(verdict),
        "report": markdown(dossier),
    }


@pytest.mark.parametrize("method", METHODS)
async def test_no_surface_shows_who_sat_on_the_council(method: MethodName) -> None:
    dossier = await dossier_of(method)
    for surface, text in shown(dossier).items():
        found = [secret for secret in SECRETS if secret in text.casefold()]
        assert found == [], (surface, found)
    assert "Voice 1" in markdown(dossier)
    assert [seat.name for seat in dossier.case.seats] == ["melchior", "balthasar", "casper"]


async def test_with_names_the_same_surfaces_show_them() -> None:
    for surface, text in shown(await dossier_of("majority", anonymous=False)).items():
        assert "casper" in text.casefold(), surface


@pytest.mark.parametrize("method", METHODS)
async def test_voices_stand_everywhere_in_their_own_order(method: MethodName) -> None:
    dossier = await dossier_of(method)
    verdict = verdict_of(dossier)
    voices = ["Voice 1", "Voice 2", "Voice 3"]
    assert [record.seat for record in verdict.ballots] == voices
    for seats in (*(entry.seats for entry in verdict.tally), verdict.pivotal_seats):
        assert list(seats) == sorted(seats)
    starts = [w[:7] for w in verdict.warnings if w.startswith("Voice")]
    assert starts == sorted(starts)
    for text in verdict.warnings:
        for listed in re.findall(r"Voice \d(?:, Voice \d)+", text):
            assert listed.split(", ") == sorted(listed.split(", "))
    assert any("Voice 1, Voice 2, Voice 3" in warning for warning in verdict.warnings)
    table = markdown(dossier).partition("## Stances")[2].partition("###")[0]
    assert [line[2:9] for line in table.splitlines() if line.startswith("| Voice")] == voices


async def test_the_order_of_voices_is_drawn_and_not_that_of_the_seats() -> None:
    case = (await dossier_of("yes_no")).case
    seeds = [case.model_copy(update={"seed": str(number)}) for number in range(20)]
    assert len({tuple(shown_names(each)) for each in seeds}) > 1


async def test_what_a_voice_says_is_what_its_seat_said() -> None:
    dossier = await dossier_of("yes_no")
    names = shown_names(dossier.case)
    assert sorted(names.values()) == ["Voice 1", "Voice 2", "Voice 3"]
    record = {ballot.seat: ballot for ballot in verdict_of(dossier).ballots}
    for seat_name, voice in names.items():
        assert record[voice].position == OPINIONS[seat_name][0]
        assert (record[voice].model, record[voice].served_by, record[voice].persona) == (
            None,
            None,
            None,
        )


async def test_the_arbiter_of_an_anonymous_council_has_no_model() -> None:
    verdict = verdict_of(await dossier_of("options"))
    assert verdict.arbiter is not None
    assert verdict.arbiter.model is None


async def test_drafts_are_numbered_as_their_voices_are() -> None:
    ranking = verdict_of(await dossier_of("compose")).ranking
    assert ranking
    assert all(f"Voice {draft.draft}" == draft.seat for draft in ranking)


async def test_names_that_the_question_uses_are_left_alone() -> None:
    scripts = {name: [ballot("yes", "Casper is a good name.")] for name in ("melchior", "casper")}
    async with scripted_council(scripts) as council:
        request = Request(question="Is Casper a good name?", method="yes_no", anonymous=True)
        dossier = await (await council.put(request)).wait()
    assert verdict_of(dossier).answer == "Casper is a good name."


async def test_a_council_of_which_nobody_answered_stays_anonymous_too() -> None:
    dead = Failed(failure="unknown_model", detail="404: there is no scripted/melchior")
    async with scripted_council({"melchior": [dead], "casper": [dead]}) as council:
        request = Request(question="Ship?", method="yes_no", anonymous=True)
        dossier = await (await council.put(request)).wait()
    verdict = verdict_of(dossier)
    assert verdict.status == "failed"
    assert [warning[:9] for warning in verdict.warnings[:2]] == ["Voice 1: ", "Voice 2: "]
    for surface, text in shown(dossier).items():
        assert "melchior" not in text.casefold(), surface


async def test_the_models_of_fallbacks_and_substitutes_are_hidden_like_the_seats_own() -> None:
    fallback = Candidate(model="xai/grok-4-fast")
    substitute = Candidate(model="openrouter/moonshotai/kimi-k3", family="moonshot")
    judges = Candidate(model="cohere/command-a-03")
    told = f"{fallback.model}: HTTP 404: there is no grok-4-fast; {substitute.model}: down"
    case = (await dossier_of("majority")).case
    assert case.arbiter is not None
    case = case.model_copy(
        update={
            "seats": (
                case.seats[0].model_copy(update={"fallbacks": (fallback,)}),
                *case.seats[1:],
            ),
            "arbiter": case.arbiter.model_copy(update={"fallbacks": (judges,)}),
            "substitutes": (substitute,),
        }
    )
    mask = Mask(case)
    assert mask.told(told) == ("the model: HTTP 404: there is no the model; the model: down")
    assert mask.told(f"{judges.model}: HTTP 500") == "the model: HTTP 500"
    for said in ("As Grok, I say yes.", "As Kimi, I say yes.", "I say yes, as grok-4-fast put it."):
        shown = mask.said(said)
        assert "say yes" in shown
        assert not re.search("grok|kimi", shown, re.IGNORECASE), shown
    assert mask.said("As Claude-like tools do, wait.") == "As Claude-like tools do, wait."
