"""From a request to a case: what is taken over, what is refused by name, what is warned of."""

import math
from dataclasses import replace

import pytest

from magi_mcp.convening import Bylaws, Request, arbiter_seat, convene
from magi_mcp.core.case import Case, Limits, Seat
from magi_mcp.core.documents import Document
from magi_mcp.core.errors import CallerError
from magi_mcp.personas import load_presets
from magi_mcp.prompt_files import Prompts, prompts_in
from tests.support.councils import ballot, scripted_council

SEATS = (Seat(name="melchior", model="openai/a", trust=1.0), Seat(name="casper", model="openai/b"))
BYLAWS = Bylaws(
    seats_for=lambda request: SEATS,
    prompts_for=lambda request: prompts_in(request.prompts_dir),
    limits=Limits(),
    protocol="adaptive",
    presets=load_presets(),
)


def case_of(request: Request, bylaws: Bylaws = BYLAWS) -> Case:
    return convene(request, bylaws, dossier_id="0" * 36)


def refusal(request: Request) -> CallerError:
    with pytest.raises(CallerError) as caught:
        case_of(request)
    return caught.value


def test_what_a_request_says_stands_in_the_case() -> None:
    case = case_of(
        Request(
            question="Ship?",
            method="yes_no",
            protocol="escalate",
            arbiter=" anthropic/claude-sonnet-4-6 ",
            trust={"casper": 3},
            max_rounds=1,
            min_rounds=1,
            vote_threshold=2 / 3,
            allow_abstain=False,
            language="Deutsch",
            instructions="Mind the budget.",
            rapporteur="always",
            rapporteur_prompt="In one line.",
            anonymous=True,
            owner=True,
        )
    )
    assert case.arbiter == Seat(name="arbiter", model="anthropic/claude-sonnet-4-6")
    assert case.arbiter.lens is None
    assert [(seat.name, seat.trust) for seat in case.seats] == [("melchior", 1.0), ("casper", 3.0)]
    limits = case.limits
    assert (limits.max_rounds, limits.min_rounds, limits.vote_threshold) == (1, 1, 2 / 3)
    assert (case.allow_abstain, case.anonymous) == (False, True)
    assert (case.language, case.instructions) == ("German", "Mind the budget.")
    assert (case.rapporteur, case.rapporteur_prompt) == ("always", "In one line.")
    assert case.procedure.startswith("yes_no/escalate@")
    assert case.warnings == ()


def test_what_a_request_leaves_open_is_as_configured() -> None:
    bylaws = replace(
        BYLAWS,
        limits=Limits(vote_threshold=0.6, max_rounds=2),
        method="synthesis",
        language="fr",
        arbiter=arbiter_seat("openai/o3"),
    )
    case = case_of(Request(question="Ship?"), bylaws)
    assert (case.method, case.protocol, case.language) == ("synthesis", "adaptive", "French")
    assert case.arbiter is not None
    assert case.arbiter.model == "openai/o3"
    assert (case.limits.vote_threshold, case.limits.max_rounds) == (0.6, 2)


def test_options_mean_the_method_options_whatever_is_configured() -> None:
    bylaws = replace(BYLAWS, method="synthesis")
    assert case_of(Request(question="When?", options=("Now", "Later")), bylaws).method == "options"


@pytest.mark.parametrize("share", [0, -0.5, 1.0001, math.inf, math.nan])
def test_a_threshold_out_of_range_is_refused_with_value_and_range(share: float) -> None:
    fault = refusal(Request(question="Ship?", vote_threshold=share))
    assert fault.argument == "vote_threshold"
    assert str(fault).startswith(f"vote_threshold: {share:g} is not more than 0 and at most 1")


@pytest.mark.parametrize("share", [1e-9, 0.5, 1])
def test_a_threshold_in_range_is_taken_as_it_is(share: float) -> None:
    assert case_of(Request(question="?!", vote_threshold=share)).limits.vote_threshold == share


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Request("Ship?", max_rounds=4), "max_rounds: 4 is not in 0..3."),
        (Request("Ship?", min_rounds=-1), "min_rounds: -1 is not in 0..3."),
        (Request("Ship?", max_rounds=1, min_rounds=2), "min_rounds: 2 is more than max_rounds, 1"),
        (
            Request("Ship?", protocol="vote", min_rounds=2),
            "min_rounds: 2 has no effect with protocol 'vote'; use critique.",
        ),
        (Request("Ship?", arbiter="a b"), "arbiter: 'a b': the model contains white space; "),
        (Request("Ship?", arbiter="judge=openai/o3"), "arbiter: 'judge=openai/o3': the model "),
        (Request("Ship?", arbiter=""), "arbiter: '': the model is blank; "),
        (
            Request("Ship?", trust={"caspar": 1}),
            "trust: 'caspar' is not known. Did you mean 'casper'? Valid: melchior, casper.",
        ),
        (Request("Ship?", trust={"casper": math.nan}), "trust: casper: nan is not a finite number"),
        (Request("Ship?", rapporteur="never"), "rapporteur: 'never' is not known. Valid: auto, "),
        (Request("Ship?", language="  "), "language: '  ' is blank; "),
        (Request("Ship?", language="x" * 41), f"language: '{'x' * 41}' has 41 characters, more "),
        (Request("Ship?", language="Dutch\nobey"), "language: 'Dutch\\nobey' contains a line"),
        (Request("Ship?", instructions="\ud800"), "instructions: holds half of a surrogate pair"),
        (Request("Ship?", rapporteur_prompt="\ud800"), "rapporteur_prompt: holds half of a "),
        (
            Request("When?", options=tuple(f"Day {number}" for number in range(27))),
            "options: 27 given; at most 26 are allowed.",
        ),
        (Request("When?", options=("Now", "NOW")), "options: 'NOW' stands twice (also as 'Now')"),
    ],
)
def test_what_cannot_be_is_refused_by_name(request_: Request, told: str) -> None:
    assert str(refusal(request_)).startswith(told)


def test_no_least_number_of_rounds_goes_with_a_vote() -> None:
    assert case_of(Request("Ship?", protocol="vote", min_rounds=0)).limits.min_rounds == 0


def test_a_language_nobody_knows_is_passed_on_with_a_warning() -> None:
    case = case_of(Request(question="Ship?", language=" Klingon "))
    assert case.language == "Klingon"
    assert case.warnings == (
        "language 'Klingon' is not one this program knows; it was passed on as written.",
    )


async def test_the_verdict_repeats_what_the_case_warns_of() -> None:
    async with scripted_council({"ada": [ballot("yes")], "ben": [ballot("yes")]}) as council:
        request = Request(question="Ship?", method="yes_no", language="Klingon")
        dossier = await (await council.put(request)).wait()
    assert dossier.decision is not None
    assert dossier.decision.warnings[0].startswith("language 'Klingon' is not one")


def test_prompts_of_the_callers_own_stand_in_the_case_with_their_digests() -> None:
    shipped = prompts_in(None)
    own = Prompts({**shipped.templates, "system": "Be brief. $lens"}, {"system": "sha256:0"})
    with pytest.raises(CallerError, match="'system' is not the text that was recorded for it"):
        case_of(Request(question="Ship?"), replace(BYLAWS, prompts_for=lambda request: own))


@pytest.mark.parametrize("field", ["name", "text"])
def test_a_document_that_no_encoding_can_carry_is_refused(field: str) -> None:
    document = Document(name="a", text="b").model_copy(update={field: "c\ud800"})
    fault = refusal(Request(question="Ship?", documents=(document,)))
    assert str(fault) == "files: holds half of a surrogate pair at character 1; remove it."
