"""CLI: ``token``. Makes, lists and revokes the tokens that let clients in over HTTP."""

from datetime import UTC, datetime
from time import time
from typing import Annotated

import typer
from pydantic import JsonValue
from rich.table import Table

from magi_mcp.cli.common import AsJson, Config, Store
from magi_mcp.cli.faults import DONE
from magi_mcp.cli.office import Flags, settings_for
from magi_mcp.cli.screen import Screen
from magi_mcp.server.http.scopes import DELIBERATE, SCOPES
from magi_mcp.server.http.tokens import TokenFile, TokenRecord, tokens_file_of

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Whose it is; dossiers belong to that name.")
]

token = typer.Typer(help="Let clients in over HTTP.", rich_markup_mode=None, no_args_is_help=False)


@token.command("new")
def new(
    *,
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(metavar="SCOPE", help=f"What it allows: {', '.join(SCOPES)}. Repeatable."),
    ] = None,
    expires: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS", min=0.001, max=36_500, help="How long it is taken; else for good."
        ),
    ] = None,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Make a token and print it, this once.

    Who deliberates may also read; an admin sees everybody's dossiers. Only a digest is kept.
    """
    file = _file(store, config)
    made, record = file.new(name, scope or [DELIBERATE], now=time(), days=expires)
    screen = Screen()
    if as_json:
        screen.write_json({"token": made, **_as_json(record)})
        return DONE
    screen.write(made)
    screen.note(f"{_described(record)}. It is not shown again; {file.path} holds its digest only.")
    return DONE


@token.command("list")
def list_tokens(*, as_json: AsJson = False, store: Store = None, config: Config = None) -> int:
    """List the tokens there are: whose, what for, until when. In a pipe, tab-separated."""
    file = _file(store, config)
    records = file.records()
    screen = Screen()
    if as_json:
        entries: list[JsonValue] = [_as_json(record) for record in records]
        screen.write_json(entries)
    elif screen.out.is_terminal and records:
        screen.out.print(_table(records))
    else:
        for record in records:
            screen.write("\t".join(_fields(record)))
    if not records:
        screen.note(f"No tokens; {file.path} would hold them.")
    return DONE


@token.command("revoke")
def revoke(
    *, name: Name, as_json: AsJson = False, store: Store = None, config: Config = None
) -> int:
    """Take a token back: servers refuse it from the next request on."""
    file = _file(store, config)
    file.revoke(name)
    screen = Screen()
    if as_json:
        screen.write_json({"revoked": name})
    else:
        screen.note(f"The token of {name} is revoked. Its dossiers are kept.")
    return DONE


def _file(store: str | None, config: Config) -> TokenFile:
    return TokenFile(tokens_file_of(settings_for(Flags(store, config))))


def _as_json(record: TokenRecord) -> dict[str, JsonValue]:
    shown: dict[str, JsonValue] = record.model_dump(mode="json", exclude={"sha256"})
    return shown


def _fields(record: TokenRecord) -> tuple[str, str, str, str]:
    return (record.name, " ".join(record.scopes), _day(record.created_at), _end(record))


def _table(records: tuple[TokenRecord, ...]) -> Table:
    table = Table("Name", "Scopes", "Made", "Expires", box=None, header_style="bold cyan")
    for record in records:
        table.add_row(*_fields(record))
    return table


def _described(record: TokenRecord) -> str:
    return f"{record.name}: {', '.join(record.scopes)}; expires: {_end(record)}"


def _end(record: TokenRecord) -> str:
    if record.expires_at is None:
        return "never"
    return f"{_day(record.expires_at)}{' (expired)' if record.expired(time()) else ''}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}Z"
