"""From what a probe told of a model to what is wrong with it and the exact mend."""

from dataclasses import replace

import pytest

from magi_mcp.checks import Probed
from magi_mcp.core.case import Candidate, Seat
from magi_mcp.core.replies import FailureKind
from magi_mcp.doctor.remedies import Ailment, ailment
from magi_mcp.doctor.subjects import Members, Subject, subjects_of
from tests.doctor.patients import HEALTHY, IN_MAGI_SEATS, faulty, place_of_file, seat

TIMEOUT_S = 60.0


def subject(model: str = "openai/gpt-4o-mni", api_base: str | None = None) -> Subject:
    place_of = place_of_file() if api_base else IN_MAGI_SEATS
    return subjects_of(Members((seat(model, api_base=api_base),)), place_of)[0]


def ill(probed: Probed, of: Subject | None = None) -> Ailment:
    found = ailment(of or subject(), probed, TIMEOUT_S)
    assert found is not None
    return found


def test_a_model_that_answers_in_time_ails_nothing() -> None:
    assert ailment(subject(), HEALTHY, TIMEOUT_S) is None


def test_a_typo_in_a_models_name_is_told_with_the_name_and_the_place() -> None:
    probed = faulty("unknown_model", known_models=("openai/gpt-4o-mini", "openai/o3"))
    assert ill(probed) == Ailment(
        "unknown model gpt-4o-mni",
        "Did you mean openai/gpt-4o-mini? Change it in MAGI_SEATS (seat 1, melchior).",
    )


def test_where_nothing_is_alike_the_offers_of_the_address_are_listed() -> None:
    known = tuple(f"openai/llama-{number}" for number in range(7))
    mend = ill(faulty("unknown_model", known_models=known, listed_there=True)).mend
    assert mend.startswith("On offer: openai/llama-0, openai/llama-1")
    assert "and 2 others. Change it in MAGI_SEATS" in mend


def test_a_model_of_which_nothing_is_known_may_stand_at_a_wrong_address() -> None:
    own = subject("openai/ours", api_base="http://127.0.0.1:1")
    probed = faulty("unknown_model", "HTTP 404: Not Found")
    assert "check api_base in /magi.toml:3; most end in /v1" in ill(probed, own).mend


def test_a_model_that_exists_and_is_refused_is_a_matter_of_the_account() -> None:
    known = ("openai/gpt-4o-mni",)
    found = ill(faulty("unknown_model", "HTTP 404: gone.", known_models=known))
    assert found.problem == "gpt-4o-mni is not to be had, or no longer (HTTP 404: gone)"
    assert "the account behind OPENAI_API_KEY" in found.mend


def test_an_unknown_provider_is_told_with_the_one_that_was_meant() -> None:
    probed = Probed("unknown_model", known_models=("openai/gpt-4o",))
    assert ill(probed, subject("opnai/gpt-4o")) == Ailment(
        "unknown provider opnai",
        "Did you mean openai/gpt-4o? Change it in MAGI_SEATS (seat 1, melchior).",
    )
    nameless = ill(Probed("unknown_model"), subject("xyz"))
    assert nameless.problem == "no provider stands before xyz"
    assert "Write provider/model, such as openai/gpt-4o-mini" in nameless.mend


def test_a_model_that_an_ollama_lacks_is_pulled() -> None:
    pulled = faulty("unknown_model", known_models=("ollama/llama3.2",), listed_there=True)
    found = ill(replace(pulled, provider="ollama"), subject("ollama/lama3.2"))
    assert found.problem == "Ollama has no model lama3.2"
    assert found.mend.startswith("Pull it: ollama pull lama3.2. Or did you mean ollama/llama3.2?")


@pytest.mark.parametrize(
    ("detail", "problem", "mend"),
    [
        (
            "no key: set OPENAI_API_KEY in the environment",
            "no key: OPENAI_API_KEY is not set",
            "Set OPENAI_API_KEY in the environment of magi-mcp; ",
        ),
        (
            "HTTP 401: Incorrect API key provided: ***.",
            "the key is not accepted (HTTP 401: Incorrect API key provided: ***)",
            "Put a valid key into OPENAI_API_KEY.",
        ),
        (
            "HTTP 403: no access",
            "the key may not be used for this (HTTP 403: no access)",
            "See what the account behind OPENAI_API_KEY may use.",
        ),
    ],
)
def test_a_key_that_fails_is_named_by_its_variable(detail: str, problem: str, mend: str) -> None:
    found = ill(faulty("authentication", detail))
    assert found.problem == problem
    assert found.mend.startswith(mend)


def test_a_server_of_ones_own_that_wants_a_key_is_given_one_by_name() -> None:
    own = subject("openai/ours", api_base="http://127.0.0.1:1")
    probed = Probed("authentication", "HTTP 401: who are you?", provider="openai")
    assert ill(probed, own).mend == (
        "Name the variable that holds its key, with api_key_env, in /magi.toml:2 "
        "(seat 1, melchior)."
    )


def test_an_address_that_cannot_be_reached_is_told_with_what_says_so() -> None:
    nobody = "no connection: Cannot connect to host x:1 [Connect call failed ('x', 1)]"
    by_variable = faulty(
        "connection",
        nobody,
        address="http://x:1/v1",
        address_env="OPENAI_API_BASE",
    )
    assert ill(by_variable) == Ailment(
        "http://x:1/v1 cannot be reached (no connection: Cannot connect to host x:1)",
        "Correct OPENAI_API_BASE, or start what should listen there.",
    )
    own = subject("openai/ours", api_base="http://x:1")
    assert ill(faulty("connection", nobody), own).mend == (
        "Correct api_base in /magi.toml:3, or start what should listen there."
    )
    usual = faulty("connection", nobody)
    assert ill(usual).mend == "Check the network, and HTTPS_PROXY if there is a proxy."


def test_a_connection_that_breaks_off_was_made() -> None:
    found = ill(faulty("connection", "connection lost: reset", address="http://x"))
    assert found.problem == "http://x broke off the connection (connection lost: reset)"
    assert found.mend.startswith("Try again")


def test_an_ollama_that_does_not_run_is_started() -> None:
    probed = Probed("connection", "no connection: refused", provider="ollama_chat")
    mend = ill(probed, subject("ollama_chat/llama3.2")).mend
    assert mend == "Start Ollama (ollama serve), or set OLLAMA_API_BASE to where it runs."


def test_a_rate_limit_says_how_long_to_wait() -> None:
    found = ill(faulty("rate_limited", "HTTP 429: slow down", retry_after_s=6.4))
    assert found.problem == "rate limited (HTTP 429: slow down)"
    assert found.mend.startswith("Wait 7 s and try again.")
    assert ill(faulty("rate_limited", "")).mend.startswith("Wait a little")


@pytest.mark.parametrize("outcome", ["rate_limited", "bad_request"])
def test_an_account_out_of_credit_is_not_waited_for(outcome: FailureKind) -> None:
    found = ill(faulty(outcome, "HTTP 402: pay.", spent=True))
    assert found.problem == "out of credit (HTTP 402: pay)"
    assert found.mend.startswith("Add credit to the account behind OPENAI_API_KEY")


def test_silence_leads_to_the_time_that_a_call_may_take() -> None:
    found = ill(faulty("timeout", "no answer within 20 s"))
    assert found.problem == "no answer within 20 s"
    assert "A call may take 60 s: raise limits.timeout_s (MAGI_TIMEOUT_S)" in found.mend


def test_an_answer_that_takes_longer_than_a_call_may_is_no_answer() -> None:
    late = Probed("answered", elapsed_s=6.0)
    found = ailment(subject(), late, 5.0)
    assert found is not None
    assert found.problem.startswith("answered only after 6.0 s, and a call may take 5 s")
    assert found.mend == "Raise limits.timeout_s (MAGI_TIMEOUT_S) well above 6.0 s."


def test_a_provider_in_trouble_is_left_alone_for_a_while() -> None:
    assert ill(faulty("server", "HTTP 500: oh")).mend.startswith("Try again later")
    page = faulty("server", "no JSON", address_env="OPENAI_API_BASE")
    assert "check that OPENAI_API_BASE is the address of an OpenAI-compatible API" in ill(page).mend


def test_a_request_that_is_refused_may_carry_too_much() -> None:
    found = ill(faulty("bad_request", "HTTP 400: Unknown parameter: 'foo'."))
    assert found.problem == "refuses a plain request (HTTP 400: Unknown parameter: 'foo')"
    assert "(temperature, extra_body)" in found.mend
    refused = ill(faulty("refused_content", "refused: no"))
    assert refused.mend == "Name another model in MAGI_SEATS (seat 1, melchior)."


def test_a_model_in_several_places_is_changed_in_all_of_them() -> None:
    twice = Seat(name="casper", model="openai/x", fallbacks=(Candidate(model="openai/x"),))
    (both,) = subjects_of(Members((twice,)), IN_MAGI_SEATS)
    probed = faulty("unknown_model", known_models=("openai/x1",))
    assert ill(probed, both).mend.endswith(
        "Change it in MAGI_SEATS (seat 1, casper) and MAGI_SEATS (seat 1, casper, fallback 1)."
    )
