"""`token`: printed once, listed without it, taken back by name."""

import json
from pathlib import Path

import pytest

from magi_mcp.cli.app import run
from magi_mcp.server.http.tokens import TokenFile

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TokenFile:
    monkeypatch.setenv("MAGI_SERVER_TOKENS_FILE", str(tmp_path / "tokens.json"))
    return TokenFile(tmp_path / "tokens.json")


def test_a_token_alone_stands_on_stdout(file: TokenFile, capsys: Captured) -> None:
    assert run(["token", "new", "ada"]) == 0
    out, err = capsys.readouterr()
    found = file.find(out.strip(), now=0)
    assert found is not None
    assert (found.name, found.scopes) == ("ada", ("magi:deliberate",))
    assert "not shown again" in err
    assert out.strip() not in err


def test_scopes_and_days_are_as_they_were_given(capsys: Captured) -> None:
    words = ["--scope", "magi:read", "--scope", "magi:admin", "--expires", "2", "--json"]
    assert run(["token", "new", "ada", *words]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["scopes"] == ["magi:read", "magi:admin"]
    assert made["expires_at"] == pytest.approx(made["created_at"] + 2 * 86_400)
    assert made["token"].startswith("magi_")


def test_a_list_shows_whose_and_what_for_but_nothing_of_a_token(
    file: TokenFile, capsys: Captured
) -> None:
    token, record = file.new("ada", ["magi:read"], now=0, days=1)
    assert run(["token", "list"]) == 0
    out = capsys.readouterr().out
    assert out == "ada\tmagi:read\t1970-01-01 00:00Z\t1970-01-02 00:00Z (expired)\n"
    assert run(["token", "list", "--json"]) == 0
    shown = capsys.readouterr().out
    assert token not in shown
    assert record.sha256 not in shown


def test_without_tokens_a_list_says_where_they_would_be(file: TokenFile, capsys: Captured) -> None:
    assert run(["token", "list"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert str(file.path) in err


def test_a_revoked_token_is_gone(file: TokenFile, capsys: Captured) -> None:
    token, _ = file.new("ada", ["magi:read"], now=0)
    assert run(["token", "revoke", "ada"]) == 0
    assert "its dossiers are kept" in capsys.readouterr().err.lower()
    assert file.find(token, 0) is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["new", "a b"], "NAME: 'a b' is no name"),
        (["new", "ada", "--scope", "read"], "--scope: 'read' is not known"),
        (["new", "ada", "--expires", "0"], "--expires"),
        (["revoke", "ada"], "NAME: 'ada' is not known. There is none yet."),
        (["new", "ada", "--expires", "1e9"], "--expires"),
        (["new", "ada", "--expires", "inf"], "--expires"),
    ],
)
def test_a_mistake_is_wrong_usage_and_says_what_is_right(
    words: list[str], told: str, capsys: Captured
) -> None:
    assert run(["token", *words]) == 2
    assert told in capsys.readouterr().err
