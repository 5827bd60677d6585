"""Without keys, the models of a running Ollama sit on the council."""

import pytest

from magi_mcp.discovery.ollama import address_in, found_in_ollama
from tests.conftest import NOBODY_LISTENS
from tests.discovery.ollama import Model, hanging, http, serving, tags


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than any machine needs for an answer."""
    monkeypatch.setattr("magi_mcp.discovery.ollama.PATIENCE_S", 10.0)


async def models_of(*models: Model) -> list[str]:
    async with serving(tags(*models)) as (address, _):
        found = await found_in_ollama({"OLLAMA_API_BASE": address})
    return [seat.model.removeprefix("ollama_chat/") for seat in found.seats]


async def told_by(reply: bytes) -> str:
    async with serving(reply) as (address, _):
        found = await found_in_ollama({"OLLAMA_API_BASE": address})
    assert found.seats == ()
    return found.told.replace(address, "HERE")


async def test_its_models_are_seated_with_its_address() -> None:
    async with serving(tags("llama3.2:3b", "qwen3:8b", "gemma3:4b")) as (address, asked):
        found = await found_in_ollama({"OLLAMA_API_BASE": f"{address}/"})
    assert [(seat.model, seat.api_base) for seat in found.seats] == [
        ("ollama_chat/llama3.2:3b", address),
        ("ollama_chat/qwen3:8b", address),
        ("ollama_chat/gemma3:4b", address),
    ]
    assert asked == ["GET /api/tags HTTP/1.1"]
    assert found.told == (
        f"No seats are configured; they were found from the Ollama at {address}: "
        "ollama_chat/llama3.2:3b, ollama_chat/qwen3:8b, ollama_chat/gemma3:4b."
    )


async def test_different_families_come_first() -> None:
    assert await models_of("llama3.2:3b", "llama3.1:8b", "qwen3:8b", "mistral:7b") == [
        "llama3.2:3b",
        "qwen3:8b",
        "mistral:7b",
    ]
    assert await models_of("llama3.2:3b", "llama3.1:8b", "qwen3:8b") == [
        "llama3.2:3b",
        "qwen3:8b",
        "llama3.1:8b",
    ]


async def test_a_single_model_sits_three_times_and_is_called_one_family() -> None:
    async with serving(tags("llama3.2:3b")) as (address, _):
        found = await found_in_ollama({"OLLAMA_API_BASE": address})
    assert [seat.model for seat in found.seats] == ["ollama_chat/llama3.2:3b"] * 3
    assert "All are of one family (meta), and models of one family err together" in found.told


async def test_models_that_only_embed_are_left_out() -> None:
    embedding: list[Model] = [
        ("all-minilm:latest", "bert"),
        ("nomic-embed-text:latest", "nomic-bert"),
        ("qwen3-embedding:4b", "qwen3"),
    ]
    assert await models_of(*embedding, "llama3.2:3b") == ["llama3.2:3b"] * 3
    assert await told_by(tags(*embedding)) == (
        "Looked for: an Ollama; HERE has no model that answers questions."
    )


async def test_a_name_that_no_model_string_can_hold_is_left_out() -> None:
    assert await models_of("odd|name", "llama3.2:3b") == ["llama3.2:3b"] * 3


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (http("Not found", "404 Not Found"), "answered with HTTP 404"),
        (http("<html>Welcome</html>"), "answered, but not as Ollama does"),
        (http('{"models": [{"size": 1}]}'), "answered, but not as Ollama does"),
        (http('["models"]'), "answered, but not as Ollama does"),
        (tags(), "has no model that answers questions"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "broke off"),
        (b"", "broke off"),
    ],
)
async def test_what_is_no_ollama_is_told_and_seats_nobody(reply: bytes, told: str) -> None:
    assert await told_by(reply) == f"Looked for: an Ollama; HERE {told}."


async def test_one_that_does_not_answer_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("magi_mcp.discovery.ollama.PATIENCE_S", 0.05)
    with hanging() as address:
        found = await found_in_ollama({"OLLAMA_API_BASE": address})
    assert found.seats == ()
    assert found.told == f"Looked for: an Ollama; {address} did not answer within 0.05 s."


async def test_where_nobody_listens_that_is_told() -> None:
    found = await found_in_ollama({"OLLAMA_HOST": NOBODY_LISTENS})
    assert found.seats == ()
    assert found.told == f"Looked for: an Ollama; http://{NOBODY_LISTENS} cannot be reached."


@pytest.mark.parametrize("host", ["xn--", "\u00e9" * 70])
async def test_a_host_that_no_name_can_be_made_of_is_told(host: str) -> None:
    found = await found_in_ollama({"OLLAMA_HOST": host})
    assert found.seats == ()
    assert found.told == f"Looked for: an Ollama; http://{host}:11434 cannot be reached."


@pytest.mark.parametrize(
    ("environ", "address"),
    [
        ({}, "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": " "}, "http://127.0.0.1:11434"),
        ({"OLLAMA_HOST": "10.0.0.5"}, "http://10.0.0.5:11434"),
        ({"OLLAMA_HOST": "10.0.0.5:80"}, "http://10.0.0.5:80"),
        ({"OLLAMA_HOST": ":4000"}, "http://127.0.0.1:4000"),
        ({"OLLAMA_HOST": "0.0.0.0"}, "http://127.0.0.1:11434"),  # noqa: S104
        ({"OLLAMA_HOST": "[::]:4000"}, "http://127.0.0.1:4000"),
        ({"OLLAMA_HOST": "[::1]"}, "http://[::1]:11434"),
        ({"OLLAMA_HOST": "https://models.example"}, "https://models.example:443"),
        ({"OLLAMA_HOST": "http://models.example/ollama/"}, "http://models.example:80/ollama"),
        ({"OLLAMA_HOST": "a", "OLLAMA_API_BASE": "http://b:1/"}, "http://b:1"),
    ],
)
def test_its_address_is_that_of_its_own_variables(environ: dict[str, str], address: str) -> None:
    assert address_in(environ) == address


@pytest.mark.parametrize(
    "environ",
    [
        {"OLLAMA_API_BASE": "http://me:planted@127.0.0.1:11434"},
        {"OLLAMA_HOST": "http://127.0.0.1:planted"},
        {"OLLAMA_API_BASE": "planted"},
    ],
)
async def test_an_address_that_cannot_be_used_is_not_quoted(environ: dict[str, str]) -> None:
    found = await found_in_ollama(environ)
    assert found.seats == ()
    assert found.told == (
        "Looked for: an Ollama; what OLLAMA_API_BASE or OLLAMA_HOST gives is no address to be used."
    )
