"""What is kept out of every line that is journaled or shown of a provider's fault."""

from urllib.parse import quote

import pytest

from magi_mcp.seats.secrecy import MAX_CHARS, Redactor

KNOWN = "sk-proj-Zx8/abcdefghijklmnop+QRST=uvw"
UNKNOWN = "q7GhT2mWx9LpB4nVs6KdR1yJ"
ENVIRON = {
    "OPENAI_API_KEY": KNOWN,
    "HOUSE_LLM_KEY": UNKNOWN,
    "AWS_SECRET_ACCESS_KEY": "wJalr/XUtnFEMI+K7MDENG",
    "REGISTRY_PASSWORD": "hunter22",
    "EMPTY_API_KEY": "",
    "BLANK_API_KEY": "   ",
    "SHORT_TOKEN": "abc",
    "PATH": "/usr/local/bin",
}
redact = Redactor(ENVIRON)


@pytest.mark.parametrize("key", [KNOWN, UNKNOWN])
@pytest.mark.parametrize(
    "wording",
    [
        "Incorrect API key provided: {key}. Find yours in the settings.",
        "invalid key '{key}'",
        'unexpected header {{"Authorization": "Bearer {key}"}}',
        "authorization: bearer {key}, accept: */*",
        "x-api-key: {key}",
        "401 for url https://models.example/v1?key={key}&alt=json",
        "{key}",
        "line one\nkey={key}\nline three",
    ],
)
def test_a_key_of_the_environment_is_removed_wherever_a_provider_quotes_it(
    key: str, wording: str
) -> None:
    line = redact(wording.format(key=key))
    assert key not in line
    assert "***" in line
    assert _longest_part(key, line) < 8


@pytest.mark.parametrize("key", [KNOWN, UNKNOWN])
def test_a_key_is_removed_in_the_forms_that_transport_gives_it(key: str) -> None:
    assert _longest_part(key, redact(f"?k={quote(key, safe='')}!")) < 8
    for hidden in ("\u200b", "\x00", "\u00ad"):
        parted = f"{key[:12]}{hidden}{key[12:]}"
        assert _longest_part(key, redact(f"no such key: {parted}")) < 8


@pytest.mark.parametrize("key", [KNOWN, UNKNOWN])
def test_a_key_that_a_provider_cuts_short_does_not_give_its_beginning_away(key: str) -> None:
    for shown in (f"{key[:10]}...", f"{key[:12]}*****{key[-4:]}", f"{key[:20]}…"):
        assert redact(f"bad key {shown} given") == "bad key *** given"


def test_the_key_of_one_provider_is_removed_from_the_errors_of_another() -> None:
    said = "cannot sign with wJalr/XUtnFEMI+K7MDENG nor log in with hunter22"
    assert redact(said) == "cannot sign with *** nor log in with ***"


def test_a_key_that_is_set_later_is_removed_too() -> None:
    environ: dict[str, str] = {}
    late = Redactor(environ)
    environ["HOUSE_LLM_KEY"] = UNKNOWN
    assert late(f"bad key {UNKNOWN}") == "bad key ***"


def test_the_value_of_a_guarded_variable_is_removed_whatever_the_variable_is_called() -> None:
    guarding = Redactor({"HOUSE_ENTRANCE": UNKNOWN, "HOUSE_DOOR": "door-of-the-house"})
    assert UNKNOWN in guarding(f"bad value {UNKNOWN}")
    guarding.guard("HOUSE_ENTRANCE")
    guarding.guard("NEVER_SET")
    assert guarding(f"bad value {UNKNOWN}, door-of-the-house") == "bad value ***, door-of-the-house"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("bad key sk-or-v1-0123456789abcdef", "bad key ***"),
        ("bad key AIzaSyA1234567890abcdefghij_k", "bad key ***"),
        ("bad key gsk_0123456789abcdef", "bad key ***"),
        ("Authorization: Bearer t0ps3cr3t", "Authorization: Bearer ***"),
        ("{'api-key': 'qwertzuiop'}", "{'api-key': '***'}"),
        ("https://me:pass@house.example/v1 is down", "https://***@house.example/v1 is down"),
        ("GET /v1?access_token=qwertz&n=1", "GET /v1?access_token=***&n=1"),
    ],
)
def test_what_has_the_shape_or_the_place_of_a_key_is_removed_unknown_as_it_is(
    said: str, shown: str
) -> None:
    assert Redactor({})(said) == shown


@pytest.mark.parametrize(
    "said",
    [
        "HTTP 404: The model `gpt-9` does not exist.",
        "no key: set OPENAI_API_KEY in the environment",
        "Basic authentication is required, bearer authentication is not",
        "abc is too short to be a secret, and so is nothing",
        "cannot connect to http://127.0.0.1:8000/v1",
        "the /usr/local/bin of it",
    ],
)
def test_a_line_without_a_secret_is_left_as_it_is(said: str) -> None:
    assert redact(said) == said


def test_a_line_is_one_line_of_bounded_length_without_control_characters() -> None:
    line = redact("first\n\tsecond\x1b[31m \ud83d " + "x" * 1000)
    assert line.startswith("first second[31m x")
    assert len(line) == MAX_CHARS
    assert line.endswith("…")


def test_a_key_at_the_cut_is_removed_before_the_cut() -> None:
    line = redact("x" * (MAX_CHARS - 10) + f" {UNKNOWN}")
    assert line.endswith("xxx ***")


def _longest_part(key: str, line: str) -> int:
    """The length of the longest piece of ``key`` that can be read in ``line``."""
    return max(
        length
        for start in range(len(key))
        for length in range(len(key) - start + 1)
        if key[start : start + length] in line
    )
