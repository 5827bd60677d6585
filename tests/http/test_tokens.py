"""The file of tokens: it holds none of them, and no change of it is missed or lost."""

import json
import os
import re
from pathlib import Path

import pytest

from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.server.http.scopes import ADMIN, DELIBERATE, READ, granted, needed
from magi_mcp.server.http.tokens import DAY_S, TokenFile

NOW = 1_700_000_000.0


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "config" / "tokens.json")


def test_a_token_is_found_by_itself_alone(file: TokenFile) -> None:
    token, record = file.new("ada", [READ], now=NOW)
    other, _ = file.new("bob", [DELIBERATE], now=NOW)
    assert file.find(token, NOW) == record
    for wrong in ("", token[:-1], token + "x", token.upper(), record.sha256, "\ud800"):
        assert file.find(wrong, NOW) is None
    found = file.find(other, NOW)
    assert found is not None
    assert (found.name, found.scopes) == ("bob", (DELIBERATE,))


def test_a_token_is_long_and_known_by_its_beginning(file: TokenFile) -> None:
    token, _ = file.new("ada", [READ], now=NOW)
    assert re.fullmatch(r"magi_[A-Za-z0-9_-]{43}", token)


def test_the_file_is_its_owners_and_holds_no_token(file: TokenFile) -> None:
    token, _ = file.new("ada", [READ], now=NOW)
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700
    kept = file.path.read_text()
    assert token not in kept
    assert token.removeprefix("magi_") not in kept


def test_a_token_is_taken_until_it_expires(file: TokenFile) -> None:
    token, record = file.new("ada", [READ], now=NOW, days=0.5)
    assert file.find(token, NOW + DAY_S / 2 - 1) == record
    assert file.find(token, NOW + DAY_S / 2) is None


def test_what_another_process_changes_counts_from_the_next_look_on(file: TokenFile) -> None:
    elsewhere = TokenFile(file.path)
    token, record = elsewhere.new("ada", [READ], now=NOW)
    assert file.find(token, NOW) == record
    elsewhere.revoke("ada")
    assert file.find(token, NOW) is None
    assert file.exists()


def test_a_name_has_one_token_at_a_time(file: TokenFile) -> None:
    first, _ = file.new("ada", [READ], now=NOW)
    with pytest.raises(CallerError, match="revoke that one first"):
        file.new("ada", [READ], now=NOW)
    file.revoke("ada")
    second, _ = file.new("ada", [READ], now=NOW)
    assert first != second
    assert file.find(first, NOW) is None


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "../ada", "-ada", "x" * 65, "ädä"])
def test_what_is_no_name_is_refused(file: TokenFile, name: str) -> None:
    with pytest.raises(CallerError, match="is no name"):
        file.new(name, [READ], now=NOW)
    assert not file.exists()


def test_unknown_scopes_and_names_are_refused_with_their_neighbours(file: TokenFile) -> None:
    with pytest.raises(CallerError, match="Did you mean 'magi:read'"):
        file.new("ada", ["magi:reed"], now=NOW)
    file.new("ada", [READ], now=NOW)
    with pytest.raises(CallerError, match="Did you mean 'ada'"):
        file.revoke("adda")


@pytest.mark.parametrize(
    "contents",
    [
        b"",
        b"{",
        b"[]",
        b'{"version": 2, "tokens": []}',
        b'{"version": 1, "tokens": [{"name": "ada", "sha256": "", "scopes": [], "created_at": 0}]}',
    ],
)
def test_a_damaged_file_lets_nobody_in_and_is_left_as_it_is(
    file: TokenFile, contents: bytes
) -> None:
    file.path.parent.mkdir()
    file.path.write_bytes(contents)
    with pytest.raises(StoreError, match="damaged"):
        file.find("magi_x", NOW)
    with pytest.raises(StoreError, match="damaged"):
        file.new("ada", [READ], now=NOW)
    assert file.path.read_bytes() == contents
    assert list(file.path.parent.iterdir()) == [file.path]


def test_a_file_that_others_may_write_to_is_not_believed(file: TokenFile) -> None:
    token, _ = file.new("ada", [READ], now=NOW)
    file.path.chmod(0o622)
    os.utime(file.path)
    with pytest.raises(StoreError, match="chmod 600"):
        TokenFile(file.path).find(token, NOW)


def test_two_changes_at_once_do_not_undo_each_other(file: TokenFile) -> None:
    file.new("ada", [READ], now=NOW)
    beside = file.path.with_name("tokens.json.new")
    beside.touch()
    with pytest.raises(StoreError, match="another change"):
        file.new("bob", [READ], now=NOW)
    beside.unlink()
    file.new("bob", [READ], now=NOW)
    assert [each.name for each in file.records()] == ["ada", "bob"]


def test_no_tokens_are_no_file(file: TokenFile) -> None:
    assert (file.records(), file.exists(), file.find("magi_x", NOW)) == ((), False, None)


def test_the_form_of_the_file_is_a_promise_to_older_files(file: TokenFile) -> None:
    file.path.parent.mkdir()
    kept = {"name": "ada", "sha256": "0" * 64, "scopes": ["magi:read"], "created_at": NOW}
    file.path.write_text(json.dumps({"version": 1, "tokens": [kept]}))
    file.path.chmod(0o600)
    [record] = file.records()
    assert (record.name, record.expires_at) == ("ada", None)


@pytest.mark.parametrize(
    ("words", "scopes"),
    [
        ([], set()),
        (["openid", "magi:write"], set()),
        ([READ], {READ}),
        ([DELIBERATE], {READ, DELIBERATE}),
        ([ADMIN, "x"], {READ, DELIBERATE, ADMIN}),
    ],
)
def test_a_greater_scope_grants_the_lesser_ones(words: list[str], scopes: set[str]) -> None:
    assert granted(words) == scopes


@pytest.mark.parametrize(
    ("method", "params", "scope"),
    [
        ("tools/call", {"name": "get_dossier"}, READ),
        ("tools/call", {"name": "deliberate"}, DELIBERATE),
        ("tools/call", {"name": "made_later"}, DELIBERATE),
        ("tools/call", {"name": ["get_dossier"]}, DELIBERATE),
        ("tools/call", None, DELIBERATE),
        ("tasks/cancel", {}, DELIBERATE),
        ("tasks/get", {}, READ),
        ("resources/read", {"uri": "magi://dossiers"}, READ),
        ("initialize", None, READ),
    ],
)
def test_whatever_is_not_known_to_read_only_needs_more_than_reading(
    method: str, params: dict[str, object] | None, scope: str
) -> None:
    assert needed(method, params, {"get_dossier"}) == scope
