"""CLI: the options of ``ask``, each with the words of its help."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Protocol

import typer
from typer.core import TyperCommand

from magi_mcp.cli.glossary import METHOD_USES, PROTOCOL_USES
from magi_mcp.core.case import MAX_ROUNDS

Question = Annotated[str, typer.Argument(help="What the council decides.", metavar="QUESTION")]
Method = Annotated[
    str | None,
    typer.Option(
        "--method",
        metavar="NAME",
        help="How it is answered, see below. Default: options where any are given, else as "
        "configured, or majority.",
    ),
]
Choices = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="TEXT", help="One of the choices; give it once for each."),
]
ProtocolName = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="NAME",
        help="How long it is argued, see below. Default: as configured, or adaptive.",
    ),
]
MaxRounds = Annotated[
    int | None,
    typer.Option(
        "--max-rounds",
        metavar="N",
        help=f"At most so many rounds of critique (0 to {MAX_ROUNDS}).",
    ),
]
MinRounds = Annotated[
    int | None,
    typer.Option(
        "--min-rounds",
        metavar="N",
        help="At least so many, even where all agree; not with the protocol vote.",
    ),
]
Personas = Annotated[
    list[str] | None,
    typer.Option(
        "--personas",
        metavar="NAME",
        help="A preset of lenses, or none; or once for each seat a lens in your own words.",
    ),
]
Seats = Annotated[
    list[str] | None,
    typer.Option("--seat", metavar="[NAME=]MODEL", help="One seat; give it once for each."),
]
Arbiter = Annotated[
    str | None,
    typer.Option(
        "--arbiter",
        metavar="MODEL",
        help="A stronger model, asked only where the council splits; it has no vote.",
    ),
]
Context = Annotated[
    str | None,
    typer.Option(
        "--context",
        metavar="FILE|-",
        help="Facts the council needs, from a file or from stdin (-).",
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file",
        metavar="PATH[:N-M]",
        help="A text file for the council to read, or some of its lines; give it once for each.",
    ),
]
Follow = Annotated[
    str,
    typer.Option(
        "--follow",
        metavar="ID",
        help="An earlier dossier that this question builds on; seats are told its verdict.",
    ),
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh",
        help="Ask anew, though the same question runs or was decided in the last 15 minutes.",
    ),
]
Instructions = Annotated[
    str,
    typer.Option("--instructions", metavar="TEXT", help="What every seat is told besides."),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="NAME",
        help="The language seats write in, such as German or de. Default: as configured.",
    ),
]
Anonymous = Annotated[
    bool,
    typer.Option(
        "--anonymous", help="Show neutral voices; seats and models stay in the journal alone."
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="USD",
        help="What it may cost at most, in US dollars. Default: as configured, or 1.",
    ),
]
Deadline = Annotated[
    float | None,
    typer.Option(
        "--deadline",
        metavar="S",
        help="Decide on what there is after so many seconds. Default: as configured, or 600.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Only say who would be asked, and what it takes at most; ask nobody."
    ),
]
VoteThreshold = Annotated[
    float | None,
    typer.Option(
        "--vote-threshold",
        metavar="SHARE",
        help="The share of counted ballots a winner must exceed. Default: 0.5.",
    ),
]
NoAbstain = Annotated[bool, typer.Option("--no-abstain", help="Let no seat abstain.")]
RapporteurPrompt = Annotated[
    str,
    typer.Option(
        "--rapporteur-prompt",
        metavar="TEXT",
        help="Have a seat write the ruling's text, and tell it this.",
    ),
]
Prompts = Annotated[
    Path | None,
    typer.Option(
        "--prompts", metavar="DIR", help="A folder of prompt templates in place of the shipped."
    ),
]


class _Formatter(Protocol):
    """What is needed of the help's formatter, whose type its library keeps to itself."""

    def section(self, name: str) -> AbstractContextManager[None]: ...

    def write_dl(self, rows: Sequence[tuple[str, str]]) -> None: ...


class Explained(TyperCommand):
    """A command whose help ends with what each method and each protocol is for."""

    def format_epilog(self, ctx: object, formatter: _Formatter) -> None:  # noqa: ARG002  (the library's signature)
        """Write both lists."""
        with formatter.section("Methods"):
            formatter.write_dl([*METHOD_USES.items()])
        with formatter.section("Protocols"):
            formatter.write_dl([*PROTOCOL_USES.items()])
