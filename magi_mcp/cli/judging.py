"""CLI: words and options of ``judge``. Has answers judged, and shows the judgement."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from magi_mcp.cli.asking import attend, show_plan, show_result
from magi_mcp.cli.common import AsJson, Config, Store
from magi_mcp.cli.desk import Desk
from magi_mcp.cli.office import Flags
from magi_mcp.convening import Request
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.errors import CallerError
from magi_mcp.core.judging.criteria import criteria_from
from magi_mcp.judgements import JudgementRequest
from magi_mcp.results import result_of
from magi_mcp.rubrics import read_rubric
from magi_mcp.service import Council

Question = Annotated[
    str, typer.Option("--question", "-q", metavar="TEXT", help="What was asked for.")
]
Answers = Annotated[
    list[str],
    typer.Option(
        "--answer",
        "-a",
        metavar="TEXT",
        help="An answer to it; one is scored, several are compared with each other.",
    ),
]
Reference = Annotated[
    str, typer.Option(metavar="TEXT", help="An answer that is right, to measure by.")
]
RubricFile = Annotated[
    Path | None,
    typer.Option(
        "--rubric",
        metavar="FILE",
        help="Criteria with anchors and weights, in TOML or JSON.",
    ),
]
Criteria = Annotated[
    list[str] | None,
    typer.Option(
        "--criterion", metavar="TEXT", help='"name: what earns a 10"; give it once for each.'
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option("--pass-threshold", metavar="N", help="The overall median to pass, 1 to 10."),
]
Authors = Annotated[
    list[str] | None,
    typer.Option(
        "--author",
        metavar="MODEL",
        help="A model that wrote an answer; judges of its family are recused.",
    ),
]
Seats = Annotated[
    list[str] | None,
    typer.Option("--seat", metavar="SEAT", help="A judge: name=model|fallback; once for each."),
]
MaxCost = Annotated[
    float | None, typer.Option("--max-cost", metavar="USD", help="What it may cost at most.")
]
Deadline = Annotated[
    float | None, typer.Option("--deadline", metavar="SECONDS", help="When it ends at the latest.")
]
Language = Annotated[
    str | None, typer.Option("--language", metavar="NAME", help="What reasons are written in.")
]
Instructions = Annotated[
    str, typer.Option("--instructions", metavar="TEXT", help="Said to every judge besides.")
]
Anonymous = Annotated[
    bool, typer.Option("--anonymous", help="Show judges as neutral voices, and no models.")
]
NoAbstain = Annotated[
    bool, typer.Option("--no-abstain", help="No judge may decline a score or prefer neither.")
]
Fresh = Annotated[
    bool, typer.Option("--fresh", help="Judge anew what is being judged or just was.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only reckon calls, tokens and price; ask nobody.")
]


def judge(
    context: typer.Context,
    *,
    question: Question,
    answer: Answers,
    reference: Reference = "",
    rubric: RubricFile = None,
    criterion: Criteria = None,
    pass_threshold: Threshold = None,
    author: Authors = None,
    seat: Seats = None,
    max_cost: MaxCost = None,
    deadline: Deadline = None,
    language: Language = None,
    instructions: Instructions = "",
    anonymous: Anonymous = False,
    no_abstain: NoAbstain = False,
    fresh: Fresh = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Have answers judged by a panel whose judges work alone.

    One answer is scored from 1 to 10, criterion by criterion. Several are compared pair by pair
    in both orders; a preference that goes with the order is not counted.
    """
    request = JudgementRequest(
        terms=Request(
            question=question,
            seats=tuple(seat or ()),
            allow_abstain=not no_abstain,
            language=language,
            instructions=instructions,
            anonymous=anonymous,
            max_cost_usd=max_cost,
            deadline_s=deadline,
            owner=True,
            fresh=fresh,
        ),
        answers=tuple(answer),
        reference=reference,
        pass_threshold=pass_threshold,
        authors=tuple(author or ()),
    )
    request = _by_criteria(request, criterion or (), rubric)
    desk = Desk(Flags(store, config), as_json, opener=context.obj)
    return _plan(request, desk) if dry_run else _judge(request, desk)


def _by_criteria(
    request: JudgementRequest, texts: Sequence[str], rubric: Path | None
) -> JudgementRequest:
    """The request with its criteria; a threshold that is typed goes before the rubric's."""
    if rubric is None:
        return replace(request, criteria=criteria_from(texts))
    if texts:
        raise CallerError("criteria", "are given beside a rubric; give one of the two.")
    told = read_rubric(rubric)
    typed = request.pass_threshold
    threshold = told.pass_threshold if typed is None and len(request.answers) == 1 else typed
    return replace(request, criteria=told.criteria, pass_threshold=threshold)


def _judge(request: JudgementRequest, desk: Desk) -> int:
    async def put(council: Council) -> Dossier:
        hearing = await council.judge(request)
        for note in hearing.notes:
            desk.screen.warn(note)
        return await attend(council, hearing, desk)

    return show_result(result_of(desk.with_council(put)), desk)


def _plan(request: JudgementRequest, desk: Desk) -> int:
    return show_plan(desk.with_council(lambda council: council.plan_judgement(request)), desk)
