"""Which model answers which request how, and the API and the log around it."""

from __future__ import annotations

import time
from typing import cast

import httpx
import pytest

from tests.provider import (
    ChatRequest,
    MisbehavingProvider,
    RefusesSchema,
    Replies,
    Say,
    Status,
)
from tests.provider.bare_client import ask, bare_client, chat, told

SCHEMA = {"type": "object", "required": ["position"]}
SCHEMA_ASKED_FOR = {"type": "json_schema", "json_schema": {"name": "ballot", "schema": SCHEMA}}


# --- which behaviour -------------------------------------------------------------------


async def test_a_sequence_is_gone_through_in_turn_and_its_last_repeats(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("a", [Status.rate_limited(1), Status.server_error(), Say("Yes.")])
    assert [(await ask(client, chat())).status_code for _ in range(4)] == [429, 500, 200, 200]


async def test_models_have_turns_of_their_own_and_setting_starts_anew(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    flaky: Replies = [Status.server_error(), Say("Yes.")]
    provider.set("a", flaky)
    provider.set("b", flaky)
    assert [(await ask(client, chat(m))).status_code for m in "abab"] == [500, 500, 200, 200]
    provider.set("a", flaky)
    assert (await ask(client, chat())).status_code == 500


async def test_a_function_answers_by_the_request(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    def by_the_request(request: ChatRequest) -> Say:
        assert request.json_schema is not None
        return Say.json(said=request.prompt, required=request.json_schema["required"])

    provider.set("a", by_the_request)
    reply = await ask(client, chat(prompt="Hm?", response_format=SCHEMA_ASKED_FOR))
    text = reply.json()["choices"][0]["message"]["content"]
    assert text == '{"said": "Hm?", "required": ["position"]}'


async def test_a_function_that_raises_is_a_500_to_the_client_and_raises_on_closing() -> None:
    def broken(request: ChatRequest) -> Say:
        raise LookupError(request.model)

    with pytest.RaisesGroup(LookupError, match="behaviour functions raised"):
        async with MisbehavingProvider({"a": broken}) as provider:
            async with bare_client(provider) as client:
                reply = await ask(client, chat())
            assert reply.status_code == 500
            assert "LookupError('a')" in reply.json()["error"]["message"]


async def test_a_function_that_returns_no_behaviour_is_told_so() -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(TypeError, match="'yes' is no behaviour")):
        async with (
            MisbehavingProvider({"a": lambda _request: cast(Say, "yes")}) as provider,
            bare_client(provider) as client,
        ):
            assert (await ask(client, chat())).status_code == 500


@pytest.mark.parametrize("wrong", ["yes", ("yes",), 503])
async def test_what_is_no_behaviour_is_refused_when_it_is_set(
    provider: MisbehavingProvider, wrong: Replies
) -> None:
    with pytest.raises(TypeError, match="is no behaviour; the behaviours are Say"):
        provider.set("a", wrong)


async def test_an_empty_sequence_is_refused(provider: MisbehavingProvider) -> None:
    with pytest.raises(ValueError, match="at least one"):
        provider.set("a", [])


@pytest.mark.parametrize(
    ("response_format", "code"),
    [(SCHEMA_ASKED_FOR, 400), ({"type": "json_object"}, 200), ({"type": "text"}, 200), (None, 200)],
)
async def test_a_model_can_refuse_a_json_schema_only(
    provider: MisbehavingProvider,
    client: httpx.AsyncClient,
    response_format: dict[str, object] | None,
    code: int,
) -> None:
    reply = await told(
        provider, client, RefusesSchema(Say("Yes.")), response_format=response_format
    )
    assert reply.status_code == code
    if code == 400:
        assert "json_schema" in reply.json()["error"]["message"]
        assert reply.json()["error"]["param"] == "response_format"


async def test_a_model_can_refuse_json_objects_too(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    picky = RefusesSchema(Say("Yes."), refused=("json_schema", "json_object"))
    reply = await told(provider, client, picky, response_format={"type": "json_object"})
    assert "json_object" in reply.json()["error"]["message"]


async def test_an_unknown_model_does_not_exist_unless_a_default_answers_for_it(
    client: httpx.AsyncClient,
) -> None:
    reply = await ask(client, chat("nobody"))
    assert reply.status_code == 404
    assert "`nobody` does not exist" in reply.json()["error"]["message"]
    async with (
        MisbehavingProvider(default=Say("Anyone.")) as obliging,
        bare_client(obliging) as its_client,
    ):
        assert (await ask(its_client, chat("nobody"))).status_code == 200


# --- the API around it -----------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/v1", ""])
async def test_paths_work_with_and_without_v1(
    provider: MisbehavingProvider, client: httpx.AsyncClient, prefix: str
) -> None:
    provider.set("a", Say("Yes."))
    provider.set("b", Say("No."))
    root = provider.base_url.removesuffix("/v1") + prefix
    listed = (await client.get(f"{root}/models?limit=9")).json()
    assert [model["id"] for model in listed["data"]] == ["a", "b"]
    assert (await client.post(f"{root}/chat/completions", json=chat())).status_code == 200


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("{", "the body: Invalid JSON"),
        ('{"messages": [{"role": "user", "content": "?"}]}', "model: Field required"),
        ('{"model": "a", "messages": []}', "messages: "),
        ('{"model": "a", "messages": [{"content": "?"}]}', "messages.0.role: Field required"),
        ('{"model": "a", "messages": [{"role": "user"}], "stream": true}', "stream: "),
        (
            '{"model": "a", "messages": [{"role": "user"}], "response_format": {"type": "xml"}}',
            "response_format.type: ",
        ),
    ],
)
async def test_a_malformed_request_is_a_400_that_names_the_field(
    provider: MisbehavingProvider, client: httpx.AsyncClient, body: str, fault: str
) -> None:
    provider.set("a", Say("Yes."))
    reply = await client.post("chat/completions", content=body)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith(fault)
    assert provider.requests == ()


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("GET", "chat/completions", 405), ("POST", "models", 405), ("POST", "embeddings", 404)],
)
async def test_a_wrong_method_or_path_is_refused(
    client: httpx.AsyncClient, method: str, path: str, code: int
) -> None:
    assert (await client.request(method, path)).status_code == code


async def test_a_request_is_logged_as_it_came(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("a", Say("Yes."))
    client.headers["Authorization"] = "Bearer sk-planted"
    messages = [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Ship "}, {"type": "text", "text": "it?"}],
        },
    ]
    before_s = time.monotonic()
    await client.post(
        "chat/completions",
        json={
            "model": "a",
            "messages": messages,
            "response_format": SCHEMA_ASKED_FOR,
            "temperature": 0.5,
        },
    )
    await ask(client, chat("b"))
    first, second = provider.requests
    assert [(m.role, m.content) for m in first.messages] == [
        ("system", "Be brief."),
        ("user", "Ship it?"),
    ]
    assert first.prompt == "Be brief.\n\nShip it?"
    assert first.response_format == "json_schema"
    assert first.json_schema == SCHEMA
    assert first.body()["temperature"] == 0.5
    assert before_s <= first.received_at_s <= second.received_at_s
    assert (first.number, second.number) == (1, 2)
    assert provider.requests_for("b") == (second,)


async def test_the_key_is_there_to_be_checked_and_not_in_what_is_printed(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    client.headers["Authorization"] = "Bearer sk-planted"
    await ask(client, chat(user="sk-planted"))
    assert provider.requests[0].api_key == "sk-planted"
    assert "sk-planted" not in repr(provider.exchanges)


async def test_a_request_without_a_key_has_none(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    await ask(client, chat())
    assert provider.requests[0].api_key is None


async def test_as_an_ollama_it_lists_its_models_and_serves_none(
    provider: MisbehavingProvider, client: httpx.AsyncClient
) -> None:
    provider.set("llama3.2", Say("yes"))
    root = provider.base_url.removesuffix("/v1")
    listed = (await client.get(f"{root}/api/tags")).json()
    assert {"name": "llama3.2:latest"} in listed["models"]
    refused = await client.post(f"{root}/api/chat", json={"model": "llama3.2"})
    assert (refused.status_code, "pulling" in refused.json()["error"]) == (404, True)
