"""How a model is reached: nothing secret may stand in a configuration, or be quoted from one."""

import pytest

from magi_mcp.settings.access import looks_like_key
from tests.settings.conftest import Machine

NAME = "write the NAME of the environment variable that holds the key"
SEAT = "[[seats]]\nmodel = 'openai/a'\n"


@pytest.mark.parametrize(
    "value",
    [
        "sk-planted0123",
        "sk_planted_0123",
        "gsk_planted",
        "AIzaPlanted0123",
        "Planted0123456789abcdefgh",
        "planted key",
        "planted.key",
        "9planted",
        "",
    ],
)
@pytest.mark.parametrize(
    ("table", "key"),
    [
        (SEAT, "seats[0].api_key_env"),
        ("[arbiter]\nmodel = 'a'\n", "arbiter.api_key_env"),
        (f"{SEAT}[[seats.fallbacks]]\nmodel = 'b'\n", "seats[0].fallbacks[0].api_key_env"),
        ("[[substitutes]]\nmodel = 'b'\n", "substitutes[0].api_key_env"),
    ],
)
def test_a_key_in_place_of_its_variables_name_is_refused_and_not_quoted(
    machine: Machine, table: str, key: str, value: str
) -> None:
    message = machine.error(user=f"{table}api_key_env = '{value}'")
    line = table.count("\n") + 1
    assert message.startswith(f"U:{line}: {key}: the value (not shown) ")
    assert NAME in message
    assert "lanted" not in message


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "MY_OWN_SERVERS_KEY_2", "_key", "ollama_token", "SK_TEAM"]
)
def test_a_variables_name_is_taken(machine: Machine, name: str) -> None:
    [seat] = machine.load(user=f"{SEAT}api_key_env = ' {name} '").seats
    assert seat.api_key_env == name
    assert not looks_like_key(name)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://planted:planted@h.example/v1", "holds a user name or a password"),
        ("https://planted@h.example/v1", "holds a user name or a password"),
        ("planted:planted@h.example/v1", "holds a user name or a password"),
        ("https://h.example/v1?key=planted", "holds more than an address"),
        ("https://h.example/v1#planted", "holds more than an address"),
    ],
)
def test_an_address_that_holds_more_than_an_address_is_refused_and_not_quoted(
    machine: Machine, address: str, why: str
) -> None:
    message = machine.error(user=f"{SEAT}api_base = '{address}'")
    assert message.startswith(f"U:3: seats[0].api_base: {why}")
    assert "planted" not in message


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:11434", "https://h.example/v1/", "http://[::1]:8000/v1", "HTTP://h"],
)
def test_an_http_address_is_taken_as_written(machine: Machine, address: str) -> None:
    assert machine.load(user=f"{SEAT}api_base = '{address}'").seats[0].api_base == address


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("api_key = 'planted'", "api_key"),
        ("headers = { Authorization = 'planted' }", "Authorization"),
        ("a = { b = [ { 'X-Api-Key' = 'planted' } ] }", "X-Api-Key"),
        ("authToken = 'planted'", "authToken"),
        ("client_secret_id = 'planted'", "client_secret_id"),
        ("accesskey = 'planted'", "accesskey"),
        ("PASSWORD = 'planted'", "PASSWORD"),
        ("extra = 'sk-planted0123456789'", "extra"),
        ("extra = ['Bearer sk-planted0123456789']", "extra"),
    ],
)
def test_a_secret_among_the_extra_fields_is_refused_and_not_quoted(
    machine: Machine, body: str, name: str
) -> None:
    message = machine.error(user=f"{SEAT}extra_body = {{ {body} }}")
    assert message.startswith(f"U:3: seats[0].extra_body: {name!r} ")
    assert message.endswith(f"{NAME} as api_key_env")
    assert "planted" not in message


def test_extra_fields_go_through_as_they_are(machine: Machine) -> None:
    body = {
        "top_k": 40,
        "max_completion_tokens": 9,
        "stop_token_ids": [1, 2],
        "thinking": {"budget_tokens": 1024, "type": "enabled"},
        "prompt_cache_key": "magi",
        "author": "sk-short",
        "chat_template_kwargs": {"enable_thinking": False},
        "provider": {"order": ["deepinfra"]},
    }
    written = (
        "top_k = 40\nmax_completion_tokens = 9\nstop_token_ids = [1, 2]\n"
        "thinking = { budget_tokens = 1024, type = 'enabled' }\nprompt_cache_key = 'magi'\n"
        "author = 'sk-short'\nchat_template_kwargs = { enable_thinking = false }\n"
        "provider = { order = ['deepinfra'] }"
    )
    [seat] = machine.load(user=f"{SEAT}[seats.extra_body]\n{written}").seats
    assert seat.extra_body == body
