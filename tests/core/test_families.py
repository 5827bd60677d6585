"""Who trained a model. Semantics "family"."""

import pytest

from magi_mcp.core.families import family_of
from tests.core.paper import a_case, deliberated, said


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("gpt-5.4-nano", "openai"),
        ("openai/o3-mini", "openai"),
        ("azure/gpt-4.1", "openai"),
        ("openrouter/openai/gpt-oss-120b", "openai"),
        ("anthropic/claude-sonnet-4-6", "anthropic"),
        ("bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0", "anthropic"),
        ("bedrock/converse/anthropic.claude-3-haiku", "anthropic"),
        ("vertex_ai/claude-opus-4@20250514", "anthropic"),
        ("gemini/gemini-2.5-flash", "google"),
        ("ollama/gemma3:4b", "google"),
        ("groq/llama-3.3-70b-versatile", "meta"),
        ("bedrock/meta.llama3-1-70b-instruct-v1:0", "meta"),
        ("openrouter/meta-llama/llama-4-scout", "meta"),
        ("mistral/mistral-large-latest", "mistral"),
        ("openrouter/mistralai/ministral-8b", "mistral"),
        ("openrouter/deepseek/deepseek-v3.2", "deepseek"),
        ("deepseek/deepseek-reasoner", "deepseek"),
        ("together_ai/Qwen/Qwen3-235B-A22B", "alibaba"),
        ("openrouter/x-ai/grok-4", "xai"),
        ("cohere/command-r-plus", "cohere"),
        ("bedrock/amazon.nova-pro-v1:0", "amazon"),
        ("openrouter/moonshotai/kimi-k2", "moonshot"),
        ("openrouter/z-ai/glm-4.6", "zhipu"),
        ("OPENROUTER/DeepSeek/DeepSeek-V3", "deepseek"),
    ],
)
def test_routers_are_stripped_and_the_makers_prefix_is_known(model: str, family: str) -> None:
    assert family_of(model) == family


@pytest.mark.parametrize(
    ("model", "family"),
    [
        ("groq/deepseek-r1-distill-llama-70b", "meta"),
        ("openrouter/deepseek/deepseek-r1-distill-qwen-32b", "alibaba"),
    ],
)
def test_a_distilled_model_counts_for_its_base(model: str, family: str) -> None:
    assert family_of(model) == family


@pytest.mark.parametrize("model", ["openai/a", "my-own-model", "", "openrouter", "azure/prod-1"])
def test_what_the_table_does_not_know_is_unknown(model: str) -> None:
    assert family_of(model) is None


@pytest.mark.parametrize("name", ["claude", "nova", "phi", "o1", "gpt-5"])
def test_a_scripted_seat_belongs_to_no_family_whatever_its_name(name: str) -> None:
    assert family_of(f"scripted/{name}") is None


def test_the_family_is_that_of_the_model_that_served() -> None:
    everybody = '{"position": "yes"}'
    fell_back = said(everybody, served_by="openai/gpt-5.4")
    script = {
        "ada": [fell_back],
        "ben": [fell_back],
        "cleo": [fell_back],
    }
    course = deliberated(a_case(), script)
    assert "Provisional: every counted ballot comes from one family, openai." in (
        course.decision.warnings
    )
    assert {ballot.model for ballot in course.findings.ballots} != {"openai/gpt-5.4"}


def test_a_seats_own_family_overrides_the_table() -> None:
    script = {"ada": ["yes"], "ben": ["yes"], "cleo": ["yes"]}
    case = a_case(models=["openai/prod-1"], families=["acme", "acme", "acme"])
    assert deliberated(case, script).decision.warnings == (
        "Provisional: every counted ballot comes from one family, acme.",
    )
    apart = a_case(models=["openai/gpt-5.4"], families=["one", "two", None])
    assert deliberated(apart, script).decision.warnings == ()
