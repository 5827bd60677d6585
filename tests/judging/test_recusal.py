"""Whoever's family trained an author does not judge; who judges instead, and what is left."""

from collections.abc import Sequence

from magi_mcp.core.case import Candidate, Seat
from magi_mcp.core.judging.case import Recusal
from magi_mcp.core.judging.recusal import Bench, bench
from tests.judging.bench import a_judgement, by_scores, decided, said

ADA = Seat(name="ada", model="openai/gpt-5.4-nano")
BEN = Seat(name="ben", model="openrouter/deepseek/deepseek-v3.2")
CLEO = Seat(name="cleo", model="gemini/gemini-2.5-flash")
CLAUDE = Candidate(model="anthropic/claude-sonnet-4-6")
MISTRAL = Candidate(model="mistral/mistral-large")
GPT = Candidate(model="openai/gpt-4o-mini")


def benched(
    *authors: str, seats: Sequence[Seat] = (ADA, BEN, CLEO), substitutes: Sequence[Candidate] = ()
) -> Bench:
    return bench(seats, substitutes, authors)


def models(panel: Bench) -> dict[str, str]:
    return {seat.name: seat.model for seat in panel.seats}


def test_without_authors_nobody_is_recused() -> None:
    assert benched(substitutes=(CLAUDE,)) == Bench((ADA, BEN, CLEO), (CLAUDE,))


def test_a_substitute_of_another_family_takes_the_place_of_a_judge_of_an_authors() -> None:
    panel = benched("azure/gpt-4o", substitutes=(GPT, CLAUDE))
    assert models(panel) == {"ada": CLAUDE.model, "ben": BEN.model, "cleo": CLEO.model}
    assert panel.recusals == (
        Recusal(seat="ada", model=ADA.model, family="openai", substitute=CLAUDE.model),
    )
    assert panel.substitutes == (), "one has taken a seat, the other is the author's family"
    assert panel.warnings == (
        "ada was recused from judging with openai/gpt-5.4-nano: openai trained an author of the "
        "answers. In its place judges anthropic/claude-sonnet-4-6.",
    )


def test_a_seat_keeps_its_fallback_of_another_family_before_it_takes_a_substitute() -> None:
    ada = ADA.model_copy(update={"fallbacks": (GPT, MISTRAL)})
    panel = benched("gpt-4o", seats=(ada, BEN), substitutes=(CLAUDE,))
    assert models(panel) == {"ada": MISTRAL.model, "ben": BEN.model}
    assert panel.seats[0].fallbacks == ()
    assert panel.substitutes == (CLAUDE,)


def test_a_fallback_of_an_authors_family_is_dropped_without_a_recusal() -> None:
    ben = BEN.model_copy(update={"fallbacks": (GPT, CLAUDE)})
    panel = benched("o3", seats=(ben,))
    assert panel.seats[0].fallbacks == (CLAUDE,)
    assert panel.recusals == ()


def test_a_substitute_that_brings_another_family_goes_before_one_that_does_not() -> None:
    deepseek = Candidate(model="deepseek/deepseek-chat")
    panel = benched("gpt-4o", substitutes=(deepseek, CLAUDE))
    assert models(panel)["ada"] == CLAUDE.model


def test_two_substitutes_serve_two_recused_judges_and_nobody_serves_twice() -> None:
    panel = benched("gpt-4o", "gemini-pro", substitutes=(CLAUDE, MISTRAL))
    assert models(panel) == {"ada": CLAUDE.model, "ben": BEN.model, "cleo": MISTRAL.model}


def test_without_a_substitute_the_seat_is_left_out_and_the_judgement_is_provisional() -> None:
    panel = benched("gpt-4o")
    assert models(panel) == {"ben": BEN.model, "cleo": CLEO.model}
    case = a_judgement(
        seats=("ben", "cleo"),
        models=[BEN.model, CLEO.model],
        authors=["gpt-4o"],
        recusals=panel.recusals,
    )
    decision = decided(case, by_scores(case, {"ben": 7, "cleo": 7}))
    assert decision.provisional
    assert decision.warnings[0] == (
        "Provisional: nobody of another family was left to judge in place of ada, who was recused."
    )


def test_where_nobody_else_is_left_all_sit_and_the_judgement_is_provisional() -> None:
    panel = benched("gpt-4o", seats=(ADA,))
    assert models(panel) == {"ada": ADA.model}
    case = a_judgement(
        seats=("ada",), models=[ADA.model], authors=["gpt-4o"], recusals=panel.recusals
    )
    decision = decided(case, by_scores(case, {"ada": 9}))
    assert decision.provisional
    assert (
        "Provisional: ada was to be recused, for openai trained an author of the answers; nobody "
        "of another family was left to judge."
    ) in decision.warnings


def test_a_substitute_of_a_configured_family_is_judged_by_that() -> None:
    own = Candidate(model="house/model-1", family="openai")
    assert benched("gpt-4o", seats=(ADA, BEN), substitutes=(own,)).seats == (BEN,)


def test_an_author_whose_family_is_unknown_recuses_nobody_and_is_named() -> None:
    panel = benched("house/model-7", "house/model-7")
    assert panel.seats == (ADA, BEN, CLEO)
    assert panel.warnings == (
        "authors: the model family of house/model-7 is unknown, so nobody was recused because of "
        "it.",
    )


def test_a_judge_whose_family_is_unknown_is_named_where_others_are_recused() -> None:
    dora = Seat(name="dora", model="house/model-7")
    told = benched("gpt-4o", seats=(BEN, dora)).warnings
    assert told == (
        "Whether dora should have been recused cannot be told: the model family is unknown.",
    )
    assert benched(seats=(BEN, dora)).warnings == ()


def test_who_really_served_is_what_counts() -> None:
    case = a_judgement(authors=["gpt-4o"], seats=("ben", "cleo"), models=[BEN.model, CLEO.model])
    served = said('{"rationale": "x", "score": 8}', served_by="openai/gpt-4o-mini")
    decision = decided(
        case, lambda ask: served if ask.seat == "ben" else said('{"score": 8, "rationale": "x"}')
    )
    assert decision.provisional
    assert (
        "Provisional: ben was served by a model of the family openai, which trained an author of "
        "the answers."
    ) in decision.warnings


def test_judges_of_one_family_make_a_provisional_judgement() -> None:
    case = a_judgement(models=["openai/gpt-4o", "azure/gpt-5", "openai/o3"])
    decision = decided(case, by_scores(case, {"ada": 8, "ben": 8, "cleo": 8}))
    assert decision.warnings == ("Provisional: every counted judge comes from one family, openai.",)


def test_two_judges_that_share_a_family_are_named() -> None:
    case = a_judgement(models=["openai/gpt-4o", "azure/gpt-5", "mistral/mistral-large"])
    decision = decided(case, by_scores(case, {"ada": 8, "ben": 8, "cleo": 8}))
    assert not decision.provisional
    assert decision.warnings == (
        "ada, ben share the model family openai: their judgements are not independent.",
    )
