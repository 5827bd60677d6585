"""An issuer's keys: fetched once, again when they change, and never in a flood."""

from collections.abc import AsyncIterator

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from magi_mcp.server.http.keys import KEPT_S, PAUSE_S, IssuerKeys, KeysUnavailable
from tests.http.issuer import Issuer, issuer, new_key


class Watch:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def its() -> AsyncIterator[Issuer]:
    with issuer() as running:
        yield running


async def test_keys_are_fetched_once_for_many_tokens(its: Issuer) -> None:
    keys = IssuerKeys(its.url, None, Watch())
    for _ in range(5):
        assert await keys.key("one") is not None
    assert its.fetched == 1


async def test_a_new_key_is_found_without_a_restart_but_not_at_every_wish(its: Issuer) -> None:
    watch = Watch()
    keys = IssuerKeys(its.url, None, watch)
    await keys.key("one")
    its.keys["two"] = new_key()
    assert await keys.key("two") is None  # just fetched: not again at once
    watch.at += PAUSE_S
    assert await keys.key("two") is not None
    for number in range(10):
        assert await keys.key(f"made up {number}") is None
    assert its.fetched == 2


async def test_a_key_that_was_withdrawn_is_gone_after_an_hour(its: Issuer) -> None:
    watch = Watch()
    keys = IssuerKeys(its.url, None, watch)
    await keys.key("one")
    its.keys = {"two": new_key()}
    watch.at += KEPT_S
    assert await keys.key("one") is None


async def test_keys_that_were_fetched_outlive_an_issuer_that_is_away(its: Issuer) -> None:
    watch = Watch()
    keys = IssuerKeys(its.url, None, watch)
    await keys.key("one")
    its.broken = True
    watch.at += KEPT_S
    assert await keys.key("one") is not None


async def test_an_issuer_that_never_answered_is_no_verdict_on_a_token(its: Issuer) -> None:
    its.broken = True
    watch = Watch()
    keys = IssuerKeys(its.url, None, watch)
    with pytest.raises(KeysUnavailable):
        await keys.key("one")
    its.broken = False
    watch.at += PAUSE_S
    assert await keys.key("one") is not None


async def test_an_issuer_by_another_name_is_not_believed(its: Issuer) -> None:
    its.calls_itself = "https://evil.example"
    with pytest.raises(KeysUnavailable):
        await IssuerKeys(its.url, None, Watch()).key("one")


async def test_keys_are_read_where_they_are_said_to_be(its: Issuer) -> None:
    its.calls_itself = "https://elsewhere.example"
    assert await IssuerKeys(its.url, f"{its.url}/keys", Watch()).key("one") is not None


async def test_what_is_no_public_key_is_left_out(
    its: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}
    odd = {"kty": "new", "kid": "odd"}
    private = RSAAlgorithm.to_jwk(new_key(), as_dict=True) | {"kid": "private"}
    said = {"keys": [secret, odd, private, *(its.says("/keys") or {})["keys"]]}
    monkeypatch.setattr(its, "says", lambda path: said)
    keys = IssuerKeys(its.url, f"{its.url}/keys", Watch())
    for name in ("secret", "odd", "private"):
        assert await keys.key(name) is None
    found = await keys.key("one")
    assert found is not None
    assert jwt.decode(
        its.token(), found.key, algorithms=["RS256"], audience="https://magi.example/mcp"
    )


async def test_a_token_without_a_key_id_is_for_the_only_key(its: Issuer) -> None:
    assert await IssuerKeys(its.url, None, Watch()).key(None) is not None
    its.keys["two"] = new_key()
    assert await IssuerKeys(its.url, None, Watch()).key(None) is None
