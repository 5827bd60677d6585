"""CLI: the options that every command takes, as typer reads them from a signature."""

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[
    bool,
    typer.Option(
        "--json",
        help='Print one JSON document on stdout: the result, or {"error": ...}.',
    ),
]
Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="Where dossiers are kept (sqlite:///PATH)."),
]
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="A configuration file to be trusted."),
]
