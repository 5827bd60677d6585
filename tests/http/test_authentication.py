"""Who may come in. Every refusal has the status that says why, and nothing else is said."""

from collections.abc import Callable
from time import time

import pytest

from tests.http.conftest import Guarded
from tests.http.issuer import Issuer, new_key
from tests.http.sites import QUESTION

ASK = {"name": "deliberate", "arguments": {"question": QUESTION, "method": "yes_no"}}
READ = {"name": "get_dossier", "arguments": {"dossier_id": "latest"}}


async def test_without_a_token_a_client_is_told_which_kind_is_needed(guarded: Guarded) -> None:
    answer = await guarded.site.post()
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith('Bearer scope="magi:read magi:deliberate"')
    assert 'resource_metadata="https://magi.example/.well-known/' in challenge
    assert "error=" not in challenge  # RFC 6750: none was tried


async def test_where_tokens_are_made_can_be_learned_without_one(guarded: Guarded) -> None:
    answer = await guarded.site.get("/.well-known/oauth-protected-resource/mcp")
    assert answer.status_code == 200
    told = answer.json()
    assert told["resource"] == "https://magi.example/mcp"
    assert [each.rstrip("/") for each in told["authorization_servers"]] == [guarded.issuer.url]
    assert told["scopes_supported"] == ["magi:read", "magi:deliberate", "magi:admin"]


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"Bearer",
        b"Bearer magi_guessed",
        b"Bearer a b",
        b"Basic YWRhOmFkYQ==",
        b"Bearer \xc3\xa9",
    ],
)
async def test_what_is_no_token_is_refused(guarded: Guarded, header: bytes) -> None:
    answer = await guarded.site.post(headers={"Authorization": header})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_an_expired_token_is_refused(guarded: Guarded) -> None:
    assert (await guarded.site.post(token=guarded.expired)).status_code == 401
    assert (await guarded.site.post(token=guarded.ada)).status_code == 200


BAD: dict[str, Callable[[Issuer], str]] = {
    "expired": lambda its: its.token(claims={"exp": int(time()) - 120}),
    "not yet valid": lambda its: its.token(claims={"nbf": int(time()) + 120}),
    "without an end": lambda its: its.token(leave_out="exp"),
    "without a subject": lambda its: its.token(leave_out="sub"),
    "made out to nobody": lambda its: its.token(leave_out="aud"),
    "made out to somebody else": lambda its: its.token(claims={"aud": "https://other.example"}),
    "of another issuer": lambda its: its.token(claims={"iss": "https://evil.example"}),
    "of no issuer": lambda its: its.token(leave_out="iss"),
    "signed by somebody else": lambda its: its.token(key=new_key()),
    "signed with an unknown key": lambda its: its.token(kid="one", key=new_key()),
    "unsigned": lambda its: its.unsigned(),
    "unsigned in capitals": lambda its: its.unsigned("NONE"),
    "signed with what is public": lambda its: its.signed_with_the_public_key(),
    "signed with another kind of key": lambda its: f"{its.unsigned('ES256')}AAAA",
    "of no algorithm": lambda its: "e30.e30.AAAA",
    "of a subject without a name": lambda its: its.token(claims={"sub": " "}),
    "of a subject that no store can hold": lambda its: its.token(claims={"sub": "a\ud800"}),
    "cut short": lambda its: its.token()[:-8],
    "of one part": lambda its: "ey",
    "of empty parts": lambda its: "..",
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD.keys())
async def test_a_token_of_the_issuer_that_is_wrong_in_one_thing_is_refused(
    guarded: Guarded, make: Callable[[Issuer], str]
) -> None:
    answer = await guarded.site.post(token=make(guarded.issuer))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert answer.json()["error"]["message"] == "the access token is not valid"


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"scope": None, "scp": ["magi:read", "other"]},
        {"aud": ["https://other.example", "https://magi.example/mcp"]},
    ],
    ids=["as is", "scopes as a list", "several audiences"],
)
async def test_a_good_token_of_the_issuer_is_taken(
    guarded: Guarded, claims: dict[str, object]
) -> None:
    assert (await guarded.site.post(token=guarded.issuer.token(claims=claims))).status_code == 200


async def test_a_token_that_has_just_expired_is_taken(guarded: Guarded) -> None:
    token = guarded.issuer.token(claims={"exp": int(time()) - 5})
    assert (await guarded.site.post(token=token)).status_code == 200


async def test_made_up_key_ids_do_not_make_the_server_flood_the_issuer(guarded: Guarded) -> None:
    assert (await guarded.site.post(token=guarded.issuer.token())).status_code == 200
    before = guarded.issuer.fetched
    for number in range(20):
        key = new_key() if number == 0 else guarded.issuer.keys["one"]
        forged = guarded.issuer.token(key=key).split(".")[1:]
        header = guarded.issuer.token(kid="one").split(".")[0]
        assert (await guarded.site.post(token=".".join([header, *forged]))).status_code in (
            200,
            401,
        )
    strange = Issuer(url=guarded.issuer.url, keys={f"k{n}": new_key() for n in range(3)})
    for kid in strange.keys:
        assert (await guarded.site.post(token=strange.token(kid=kid))).status_code == 401
    assert guarded.issuer.fetched <= before + 1


@pytest.mark.parametrize("scope", ["", "openid profile", "magi:reads", "MAGI:READ", "magi:"])
async def test_a_token_for_something_else_may_not_even_read(guarded: Guarded, scope: str) -> None:
    answer = await guarded.site.post(token=guarded.issuer.token(claims={"scope": scope}))
    assert answer.status_code == 403
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope", scope="magi:read"' in challenge


async def test_who_may_read_may_not_have_the_council_deliberate(guarded: Guarded) -> None:
    answer = await guarded.site.post("tools/call", ASK, token=guarded.reader)
    assert answer.status_code == 403
    challenge = answer.headers["WWW-Authenticate"]
    assert 'error="insufficient_scope", scope="magi:deliberate"' in challenge
    read = await guarded.site.post("tools/call", READ, token=guarded.reader)
    assert read.status_code == 200
    assert (await guarded.site.post("tools/call", ASK, token=guarded.ada)).status_code == 200


async def test_a_name_given_twice_does_not_smuggle_a_tool_past_the_gate(guarded: Guarded) -> None:
    body = (
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"deliberate",'
        b'"name":"get_dossier","arguments":{"question":"Should we?"},"name":"get_dossier"}}'
    )
    legacy = {"MCP-Protocol-Version": "2025-11-25"}
    answer = await guarded.site.post(token=guarded.reader, body=body, headers=legacy)
    assert "DECIDED" not in answer.text
    turned = body.replace(b'"name":"get_dossier"}}', b'"name":"deliberate"}}')
    refused = await guarded.site.post(token=guarded.reader, body=turned, headers=legacy)
    assert refused.status_code == 403


async def test_a_revoked_token_is_refused_from_the_next_request_on(guarded: Guarded) -> None:
    from tests.http.sites import tokens_of

    tokens = tokens_of(guarded.home)
    short, _ = tokens.new("short", ["magi:read"], now=time())
    assert (await guarded.site.post(token=short)).status_code == 200
    tokens.revoke("short")
    assert (await guarded.site.post(token=short)).status_code == 401


async def test_the_probes_need_no_token_and_tell_nothing(guarded: Guarded) -> None:
    alive, ready = await guarded.site.get("/healthz"), await guarded.site.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_no_token_is_ever_logged(guarded: Guarded) -> None:
    good, bad = guarded.issuer.token(), guarded.issuer.token(claims={"aud": "other"})
    for token in (good, bad, guarded.ada, "magi_planted"):
        await guarded.site.post(token=token)
    noise = "".join(guarded.site.noise)
    assert not any(token in noise for token in (good, bad, guarded.ada, "magi_planted"))
