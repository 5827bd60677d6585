"""What an address offers, and what is known of providers without asking them."""

from magi_mcp.core.case import Access, Candidate
from magi_mcp.seats.catalogue import Whereabouts
from magi_mcp.seats.litellm import LitellmCompletions
from magi_mcp.seats.model_lists import ModelLists
from magi_mcp.seats.secrecy import Redactor
from tests.provider import MisbehavingProvider, Say

ENVIRON = {"OUR_KEY": "planted-key-0123456789"}


def lists() -> ModelLists:
    return ModelLists(ENVIRON, Redactor(ENVIRON))


async def test_an_openai_compatible_address_and_an_ollama_are_asked_each_in_its_manner() -> None:
    async with MisbehavingProvider({"gpt-4o-mini": Say("x"), "llama3.2": Say("x")}) as provider:
        root = provider.base_url.removesuffix("/v1")
        openai = Whereabouts(f"{provider.base_url}/", None, None, "OUR_KEY", "openai")
        ollama = Whereabouts(root, None, None, None, "ollama")
        assert await lists()(openai) == ("gpt-4o-mini", "llama3.2")
        assert await lists()(ollama) == ("gpt-4o-mini", "llama3.2")


async def test_an_address_that_does_not_say_offers_nothing() -> None:
    async with MisbehavingProvider({"a": Say("x")}) as provider:
        elsewhere = Whereabouts(f"{provider.base_url}/nowhere", None, None, None, "openai")
        assert await lists()(elsewhere) == ()
    assert await lists()(Whereabouts("http://127.0.0.1:9", None, None, None, "openai")) == ()
    assert await lists()(Whereabouts("no address", None, None, None, "openai")) == ()
    assert await lists()(Whereabouts(None, None, None, None, "openai")) == ()
    assert await lists()(Whereabouts("http://127.0.0.1:9", None, None, None, None)) == ()


async def test_an_address_that_offers_the_key_it_was_sent_is_not_quoted() -> None:
    models = {"fine": Say("x"), f"is-{ENVIRON['OUR_KEY']}": Say("x")}
    async with MisbehavingProvider(models) as provider:
        where = Whereabouts(provider.base_url, None, None, "OUR_KEY", "openai")
        assert await lists()(where) == ("fine",)


async def test_the_address_and_the_key_are_those_a_call_would_use(
    completions: LitellmCompletions, provider: MisbehavingProvider
) -> None:
    usual = await completions.whereabouts(Candidate(model="openai/a"))
    assert usual.address == provider.base_url
    assert (usual.address_env, usual.key_env) == ("OPENAI_API_BASE", "OPENAI_API_KEY")
    own = Access(api_base="http://x/v1")
    keyless = await completions.whereabouts(Candidate(model="openai/a", access=own))
    assert (keyless.shown_address, keyless.address_env, keyless.key_env) == (
        "http://x/v1",
        None,
        None,
    )
    keyed = Access(api_base="http://x/v1", api_key_env="OUR_KEY")
    assert (
        await completions.whereabouts(Candidate(model="openai/a", access=keyed))
    ).key_env == "OUR_KEY"


async def test_nothing_of_an_address_is_shown_but_where_it_is(
    completions: LitellmCompletions,
) -> None:
    access = Access(api_base="https://user:word@host:8443/v1?key=word#word")
    where = await completions.whereabouts(Candidate(model="openai/a", access=access))
    assert where.shown_address == "https://host:8443/v1"


async def test_the_usual_addresses_are_known(completions: LitellmCompletions) -> None:
    for model, address, listing in (
        ("openai/a", "https://api.openai.com/v1", "openai"),
        ("openrouter/a/b", "https://openrouter.ai/api/v1", "openai"),
        ("mistral/a", "https://api.mistral.ai/v1", "openai"),
        ("ollama_chat/a", "http://localhost:11434", "ollama"),
        ("anthropic/a", None, None),
    ):
        where = await completions.whereabouts(Candidate(model=model))
        assert (where.address, where.lists) == (address, listing), model


async def test_the_models_known_of_a_provider_are_model_strings(
    completions: LitellmCompletions,
) -> None:
    assert "openai/gpt-4o-mini" in await completions.known_models("openai")
    assert "openai/text-embedding-3-small" not in await completions.known_models("openai")
    everybody = await completions.known_models(None)
    assert {"anthropic/claude-haiku-4-5", "gemini/gemini-2.5-flash"} <= set(everybody)
    assert all("/" in model for model in everybody)
    assert await completions.known_models("nobody") == ()
