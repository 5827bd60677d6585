"""CLI: the commands: their words, their options, and the exit code of whatever happens.

Each command only gathers its options; the work is done by a module of its own.
"""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from shutil import get_terminal_size
from typing import Annotated

import typer
from typer.exceptions import TyperException

from magi_mcp.cli import (
    archive,
    asking,
    control,
    demo,
    doctor,
    judging,
    lenses,
    reviewing,
    serving,
    tokens,
)
from magi_mcp.cli import archive_commands as found
from magi_mcp.cli import ask_options as options
from magi_mcp.cli.common import AsJson, Config, Store
from magi_mcp.cli.desk import PROGRAM, Desk
from magi_mcp.cli.faults import DONE, FAILED, WRONG_USAGE, Fault, OutputLost, fault_of
from magi_mcp.cli.mishaps import KINDS, mishap_of
from magi_mcp.cli.office import QUIET, CouncilOpener, Flags, open_office
from magi_mcp.cli.screen import Screen
from magi_mcp.cli.typeset import MEASURE
from magi_mcp.convening import Request
from magi_mcp.documents.reading import read_documents
from magi_mcp.documents.roots import Anywhere
from magi_mcp.logs import configure_logs

DossierId = Annotated[
    str, typer.Argument(metavar="ID", help="An id, its last 8 characters, or latest.")
]

_EXIT_CODES = (
    "Exit codes: 0 decided or done; 1 failed; 2 wrong usage or configuration; 3 no verdict "
    "(a tie, no quorum), or a review requests changes; 4 no seat found; 130 interrupted."
)

app = typer.Typer(
    name=PROGRAM,
    help="Put a hard question to a council of language models; keep ruling and dissent.\n\n"
    "To see it work, without a key: magi-mcp demo\n\n"
    "Without a command it serves MCP on stdin and stdout, unless stdin is a terminal.",
    epilog=_EXIT_CODES,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
)
dossiers = typer.Typer(
    help="Read what deliberations left.", rich_markup_mode=None, invoke_without_command=True
)
app.add_typer(dossiers, name="dossiers")
app.add_typer(tokens.token, name="token")
app.command("serve")(serving.serve)
app.command("judge")(judging.judge)
app.command("review")(reviewing.review)


def run(arguments: Sequence[str], opener: CouncilOpener = open_office) -> int:
    """Run one command line; the exit code is the contract's.

    ``opener`` gives commands their council. Raises nothing but ``SystemExit``, where whoever
    read stdout has left in the middle of it.
    """
    _keep_unprintable_characters_harmless()
    configure_logs(QUIET)
    try:
        code = _outcome(arguments, opener)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard_stdout()  # whoever read it has read enough
        return FAILED
    except OutputLost as lost:
        _discard_stdout()
        return _tell(fault_of(lost), [])
    return code


def _discard_stdout() -> None:
    """Let what is left in the buffer go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _outcome(arguments: Sequence[str], opener: CouncilOpener) -> int:
    try:
        code = typer.main.get_command(app).main(
            [*arguments],
            prog_name=PROGRAM,
            standalone_mode=False,
            obj=opener,
            terminal_width=min(get_terminal_size().columns, MEASURE),
        )
        return int(code or DONE)
    except OutputLost:
        raise
    except TyperException as wrong:
        return _tell(Fault("usage", WRONG_USAGE, _told(wrong)), arguments)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  (told, whatever it is)
        return _tell(fault_of(error), arguments)


def _told(wrong: TyperException) -> str:
    """What is wrong with the command line, and whose help says what is right."""
    context: typer.Context | None = getattr(wrong, "ctx", None)
    command = context.command_path if context else PROGRAM
    return f"{wrong.format_message().rstrip('.')}. See {command} --help."


def _tell(fault: Fault, arguments: Sequence[str]) -> int:
    """Say what went wrong: a line on stderr, and with ``--json`` an object on stdout."""
    screen = Screen()
    screen.note(f"{PROGRAM}: {fault.message}", style="red")
    if "--json" in arguments:
        screen.write_json(fault.as_json())
    return fault.exit_code


def _keep_unprintable_characters_harmless() -> None:
    # Where a stream's encoding lacks a character, a question mark says more than a crash.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _desk(context: typer.Context, *, as_json: bool, store: str | None, config: Path | None) -> Desk:
    return Desk(Flags(store, config), as_json, opener=context.obj)


@app.callback()
def root(
    context: typer.Context,
    *,
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", is_eager=True)
    ] = False,
) -> None:
    """Show the version, or the help where no command was given."""
    if show_version:
        Screen().write(f"{PROGRAM} {version(PROGRAM)}")
        raise typer.Exit
    _help_unless_a_command_follows(context)


@dossiers.callback()
def root_of_dossiers(context: typer.Context) -> None:
    """Show the help where no command was given."""
    _help_unless_a_command_follows(context)


def _help_unless_a_command_follows(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        Screen().write(context.get_help())


@app.command(cls=options.Explained)
def ask(
    context: typer.Context,
    *,
    question: options.Question,
    method: options.Method = None,
    option: options.Choices = None,
    protocol: options.ProtocolName = None,
    max_rounds: options.MaxRounds = None,
    min_rounds: options.MinRounds = None,
    personas: options.Personas = None,
    seat: options.Seats = None,
    arbiter: options.Arbiter = None,
    context_source: options.Context = None,
    file: options.Files = None,
    follow: options.Follow = "",
    fresh: options.Fresh = False,
    instructions: options.Instructions = "",
    language: options.Language = None,
    anonymous: options.Anonymous = False,
    max_cost: options.MaxCost = None,
    deadline: options.Deadline = None,
    vote_threshold: options.VoteThreshold = None,
    no_abstain: options.NoAbstain = False,
    rapporteur_prompt: options.RapporteurPrompt = "",
    prompts: options.Prompts = None,
    dry_run: options.DryRun = False,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Put a question to the council, and print its verdict.

    Progress is shown on stderr; Ctrl-C cancels, and what has arrived is kept.
    """
    request = Request(
        question=question,
        context=asking.read_context(context_source),
        documents=read_documents(file or (), Anywhere(Path.cwd())),
        method=method,
        options=tuple(option or ()),
        protocol=protocol,
        personas=tuple(personas or ()),
        seats=tuple(seat or ()),
        arbiter=arbiter,
        max_rounds=max_rounds,
        min_rounds=min_rounds,
        vote_threshold=vote_threshold,
        allow_abstain=not no_abstain,
        language=language,
        instructions=instructions,
        rapporteur_prompt=rapporteur_prompt,
        anonymous=anonymous,
        prompts_dir=prompts,
        max_cost_usd=max_cost,
        deadline_s=deadline,
        owner=True,
        follows=follow,
        fresh=fresh,
    )
    desk = _desk(context, as_json=as_json, store=store, config=config)
    return asking.plan(request, desk) if dry_run else asking.ask(request, desk)


@app.command("resume")
def resume_dossier(
    context: typer.Context,
    *,
    dossier_id: DossierId,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Go on with an interrupted, cancelled or failed deliberation, and print its verdict.

    It goes on as it was put; what had arrived is kept and not paid for again.
    """
    return control.resume(dossier_id, _desk(context, as_json=as_json, store=store, config=config))


@app.command("cancel")
def cancel_dossier(
    context: typer.Context,
    *,
    dossier_id: DossierId,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Stop a running deliberation, whichever process drives it; what has arrived is kept."""
    return control.cancel(dossier_id, _desk(context, as_json=as_json, store=store, config=config))


@dossiers.command("list")
def list_dossiers(
    context: typer.Context,
    *,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="At most so many, the newest first.")
    ] = 20,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """List dossiers, newest first; in a pipe, as tab-separated lines."""
    return archive.list_dossiers(limit, _desk(context, as_json=as_json, store=store, config=config))


@dossiers.command("show")
def show_dossier(
    context: typer.Context,
    *,
    dossier_id: DossierId,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Show the report of one dossier; in a pipe, as Markdown."""
    desk = _desk(context, as_json=as_json, store=store, config=config)
    return archive.show_dossier(dossier_id, desk)


@dossiers.command("search")
def search_dossiers(
    context: typer.Context,
    *,
    words: found.Words = None,
    kind: found.OfKind = "",
    outcome: found.OfOutcome = "",
    since: found.Since = "",
    until: found.Until = "",
    limit: found.Limit = 20,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Find dossiers by words of question, ruling and arguments."""
    desk = _desk(context, as_json=as_json, store=store, config=config)
    return found.search(words, kind, outcome, since, until, limit, desk)


@app.command("outcome")
def record_outcome(
    context: typer.Context,
    *,
    dossier_id: found.Reference,
    correct: found.Right = False,
    wrong: found.Wrong = False,
    answer: found.Answer = None,
    note: found.Note = "",
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Keep what really happened after a ruling; of several words the newest counts."""
    desk = _desk(context, as_json=as_json, store=store, config=config)
    return found.outcome(
        dossier_id, correct=correct, wrong=wrong, answer=answer, note=note, desk=desk
    )


@app.command()
def personas(
    context: typer.Context,
    *,
    preset: Annotated[
        str | None, typer.Argument(metavar="[PRESET]", help="Show the lenses of this one.")
    ] = None,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """List the presets of lenses, or show one of them."""
    desk = _desk(context, as_json=as_json, store=store, config=config)
    return lenses.list_presets(desk) if preset is None else lenses.show_preset(preset, desk)


@app.command("doctor")
def run_doctor(
    context: typer.Context,
    *,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Try every model with one small call; say what is wrong and how to mend it.

    It costs a few tokens for each model and is done within 20 s. The exit code is 1 where
    something keeps a question from being answered or a seat from answering.
    """
    return doctor.examine_council(_desk(context, as_json=as_json, store=store, config=config))


@app.command("demo")
def run_demo(
    context: typer.Context,
    *,
    fault: Annotated[
        str | None,
        typer.Option(metavar="KIND", help=f"Let Casper's model fail: {', '.join(KINDS)}."),
    ] = None,
    fallback: Annotated[
        bool, typer.Option("--fallback", help="Give the model that fails a fallback.")
    ] = False,
    as_json: AsJson = False,
    store: Store = None,
    config: Config = None,
) -> int:
    """Show the whole path with a scripted council.

    No key is needed, no model is asked, nothing is spent. An MCP client starts the real
    server, has a sample question deliberated, and reads the dossier back.
    """
    mishap = mishap_of(fault, fallback=fallback)
    return demo.demonstrate(_desk(context, as_json=as_json, store=store, config=config), mishap)
