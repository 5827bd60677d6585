"""From a request to a panel: who judges, through which lens, under which limits."""

from dataclasses import replace

import pytest

from magi_mcp.convening import Bylaws, Request
from magi_mcp.core.case import Candidate, Lens, Limits, Seat
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.core.judging.case import JudgementCase, Recusal
from magi_mcp.core.judging.criteria import criteria_from
from magi_mcp.judgements import JudgementRequest, convene_judgement
from tests.judging.bench import ANSWER, QUESTION
from tests.service.test_convening import BYLAWS

SEATS = (
    Seat(name="melchior", model="openai/gpt-4o", lens=Lens(name="Melchior", text="a scientist")),
    Seat(name="casper", model="gemini/gemini-2.5-flash"),
)
PANEL = replace(BYLAWS, seats_for=lambda request: SEATS)


def asked(**terms: object) -> JudgementRequest:
    return JudgementRequest(terms=Request(question=QUESTION, **terms), answers=(ANSWER,))  # type: ignore[arg-type]


def case_of(request: JudgementRequest, bylaws: Bylaws = PANEL) -> JudgementCase:
    return convene_judgement(request, bylaws, dossier_id="0" * 36, principal="somebody")


def test_what_a_request_says_stands_in_the_case() -> None:
    request = replace(
        asked(instructions="Be brief.", language="de", allow_abstain=False, anonymous=True),
        reference="git reset --soft HEAD~1",
        criteria=criteria_from(["depth: x"]),
        pass_threshold=6.5,
        authors=("house/model-7", " house/model-7\n", ""),
    )
    case = case_of(request)
    assert (case.question, case.answers, case.reference) == (
        QUESTION,
        (ANSWER,),
        "git reset --soft HEAD~1",
    )
    assert [each.name for each in case.criteria] == ["depth"]
    assert (case.pass_threshold, case.authors) == (6.5, ("house/model-7",))
    assert (case.language, case.instructions) == ("German", "Be brief.")
    assert (case.allow_abstain, case.anonymous) == (False, True)
    assert (case.kind, case.procedure, case.principal) == (
        "judgement",
        "judgement/panel@1",
        "somebody",
    )
    assert case.course == ("judgement", "panel")
    assert case.seed


def test_judges_look_through_no_lens() -> None:
    assert [seat.lens for seat in case_of(asked()).seats] == [None, None]


def test_a_substitute_of_the_configuration_judges_for_a_recused_seat() -> None:
    claude = Candidate(model="anthropic/claude-sonnet-4-6")
    case = case_of(
        replace(asked(), authors=("azure/gpt-5",)), replace(PANEL, substitutes=(claude,))
    )
    assert [(seat.name, seat.model) for seat in case.seats] == [
        ("melchior", claude.model),
        ("casper", "gemini/gemini-2.5-flash"),
    ]
    assert case.recusals == (
        Recusal(seat="melchior", model="openai/gpt-4o", family="openai", substitute=claude.model),
    )
    assert case.warnings[0].startswith("melchior was recused from judging with openai/gpt-4o")


def test_limits_are_ceilings_for_judgements_too() -> None:
    bylaws = replace(PANEL, limits=Limits(max_cost_usd=0.5))
    case = case_of(asked(max_cost_usd=2.0), bylaws)
    assert case.limits.max_cost_usd == 0.5
    assert case.warnings == ("max_cost_usd: 2 was lowered to 0.5, the configured limit.",)


def test_what_is_wrong_with_the_texts_is_said_before_that_nobody_judges() -> None:
    def nobody(request: Request) -> tuple[Seat, ...]:
        raise NoSeats("nobody")

    bylaws = replace(PANEL, seats_for=nobody)
    with pytest.raises(CallerError, match="number 1 is empty"):
        case_of(replace(asked(), answers=(" ",)), bylaws)
    with pytest.raises(NoSeats):
        case_of(asked(), bylaws)


@pytest.mark.parametrize(
    ("changed", "argument"),
    [
        ({"reference": "\ud83d"}, "reference"),
        ({"authors": ("\ud83d",)}, "authors"),
        ({"answers": ("\ud83d",)}, "answers"),
        ({"criteria": ()}, "criteria"),
    ],
)
def test_every_text_is_checked_by_its_name(changed: dict[str, object], argument: str) -> None:
    with pytest.raises(CallerError) as refused:
        case_of(replace(asked(), **changed))  # type: ignore[arg-type]
    assert refused.value.argument == argument
