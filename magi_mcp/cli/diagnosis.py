"""CLI: a diagnosis as a person likes to read it. Pure.

The facts come first and the findings last, beside the prompt, each with its mend. Whatever
colour says stands there in words too.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from magi_mcp.cli.plain import plain_line
from magi_mcp.cli.typeset import FAINT, indented, joined, section
from magi_mcp.core.replies import FailureKind
from magi_mcp.core.words import plural, seat_title, seconds, sentence_case
from magi_mcp.doctor.diagnosis import (
    ConfigurationReport,
    Diagnosis,
    Finding,
    ModelReport,
    PersonasReport,
    SeatReport,
    StoreReport,
    Versions,
)

_GOOD, _DOUBTFUL, _BAD = "green", "yellow", "red"
_AILING: dict[FailureKind, str] = {
    "timeout": "no answer",
    "late": "no answer",
    "connection": "cannot be reached",
    "server": "its provider fails",
    "rate_limited": "rate limited",
    "authentication": "no valid key",
    "unknown_model": "does not exist",
    "refused_content": "refuses",
    "context_too_long": "refuses",
    "bad_request": "refuses",
    "budget": "not tried",
    "skipped": "not tried",
    "exhausted": "says nothing",
}
"""How a model fails, in a word or two; the findings say more."""

_PER_MILLION = 1_000_000
_KB = 1024


def diagnosis_view(diagnosis: Diagnosis) -> RenderableType:
    """The whole report; what keeps the council from answering stands at its end."""
    errors = [finding for finding in diagnosis.findings if finding.severity == "error"]
    warnings = [finding for finding in diagnosis.findings if finding.severity == "warning"]
    return Group(
        *_council(diagnosis),
        *_configuration(diagnosis.configuration),
        *_store(diagnosis.store),
        _personas(diagnosis.personas),
        _versions(diagnosis.versions),
        *_findings("Warnings", warnings, _DOUBTFUL),
        *_findings("What is wrong", errors, _BAD),
        _conclusion(errors, warnings, diagnosis.elapsed_s),
    )


def _council(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    places = [*diagnosis.seats, *([diagnosis.arbiter] if diagnosis.arbiter else [])]
    blocks = [_seat(seat, diagnosis.models) for seat in places]
    substitutes = _in_order(diagnosis.models, None)
    if substitutes:
        blocks.append(Group(Text("Substitutes", style="bold"), _candidates(substitutes)))
    if blocks:
        yield section("Council", *blocks)


def _seat(seat: SeatReport, models: Sequence[ModelReport]) -> Group:
    state = ("can answer", _GOOD) if seat.can_answer else ("cannot answer", _BAD)
    title = Text.assemble((seat_title(plain_line(seat.name)), "bold"), "  ", state)
    if seat.persona and seat.persona.casefold() != seat.name.casefold():
        title.append(f"  persona {plain_line(seat.persona)}", style=FAINT)
    return Group(title, _candidates(_in_order(models, seat.name)))


def _in_order(models: Sequence[ModelReport], seat: str | None) -> list[ModelReport]:
    """The models that may serve a seat, in the order in which they are tried."""
    uses = [(use.number, model) for model in models for use in model.used_by if use.seat == seat]
    return [model for _, model in sorted(uses, key=lambda use: use[0])]


def _candidates(models: Sequence[ModelReport]) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, width=5)
    table.add_column(overflow="fold")
    for model in models:
        mark = Text("ok", _GOOD) if model.serves else Text("fails", _BAD)
        facts = joined(map(plain_line, _facts(model)))
        table.add_row(mark, Group(Text(plain_line(model.model)), facts))
    return indented(table)


def _facts(model: ModelReport) -> Iterator[str]:
    if model.outcome != "answered":
        yield _AILING[model.outcome]
        yield model.address or ""
        return
    if model.latency_s is None:
        yield model.detail
    else:
        yield seconds(model.latency_s)
        yield model.detail
        match model.json_schema:
            case "supported":
                yield "keeps to a JSON schema"
            case "ignored":
                yield "ignores JSON schemas"
            case "unsupported":
                yield "takes no JSON schema"
            case None:
                yield "JSON schema not shown"
            case _:
                assert_never(model.json_schema)
        yield _price(model)
    yield f"family {model.family or 'unknown'}"
    if model.address and model.address.startswith("http://"):
        yield model.address  # a server of one's own


def _price(model: ModelReport) -> str:
    if model.usd_per_token_in is None or model.usd_per_token_out is None:
        return "price unknown"
    if model.usd_per_token_in == model.usd_per_token_out == 0:
        return "free"
    ways = (model.usd_per_token_in, model.usd_per_token_out)
    dear_in, dear_out = (f"${price * _PER_MILLION:.4g}" for price in ways)
    return f"{dear_in} in, {dear_out} out per million tokens"


def _configuration(configuration: ConfigurationReport) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, place in sorted(configuration.sources.items()):
        table.add_row(plain_line(name), Text(plain_line(place), style=FAINT))
    lines: list[RenderableType] = [table] if configuration.sources else []
    lines += [Text(plain_line(note)) for note in configuration.notes]
    if configuration.user_file is not None:
        lines.append(Text(f"Your own file: {plain_line(configuration.user_file)}", style=FAINT))
    if lines:
        yield section("Configuration", *lines)


def _store(store: StoreReport | None) -> Iterator[RenderableType]:
    if store is None:
        return
    if not store.exists:
        state = ["not there yet; the first question makes it"] if store.usable else []
    else:
        dossiers = [] if store.dossiers is None else [plural(store.dossiers, "dossier")]
        size = [] if store.size_bytes is None else [_size(store.size_bytes)]
        version = [] if store.version is None else [f"version {store.version}"]
        state = [*dossiers, *size, *version]
    usable = [] if store.usable else ["cannot be used"]
    yield section("Store", Text(plain_line(store.path)), joined([*usable, *state]))


def _size(size_bytes: int) -> str:
    if size_bytes < _KB * _KB:
        return f"{size_bytes / _KB:.0f} KB"
    return f"{size_bytes / _KB / _KB:.1f} MB"


def _personas(personas: PersonasReport) -> RenderableType:
    others = [name for name in personas.presets if name != personas.in_force]
    in_force = [f"{personas.in_force} is in force"] if personas.in_force else []
    return section("Personas", joined(map(plain_line, [*in_force, *others])))


def _versions(versions: Versions) -> RenderableType:
    return section(
        "Versions",
        joined(
            (
                f"magi-mcp {versions.magi_mcp}",
                f"Python {versions.python}",
                f"mcp {versions.mcp}",
                f"litellm {versions.litellm}",
                versions.platform,
            )
        ),
    )


def _findings(title: str, findings: Sequence[Finding], style: str) -> Iterator[RenderableType]:
    if findings:
        yield section(title, *_points(findings), style=f"bold {style}")


def _points(findings: Iterable[Finding]) -> Iterator[RenderableType]:
    for finding in findings:
        point = Table.grid(padding=(0, 1))
        point.add_row("-", Group(_problem(finding), Text(plain_line(finding.mend))))
        yield point


def _problem(finding: Finding) -> Text:
    problem = plain_line(finding.problem)
    unnamed = [model for model in finding.models if model not in problem]
    if finding.about == "model" and unnamed:
        return Text(f"{plain_line(', '.join(unnamed))}: {problem}.", style="bold")
    return Text(f"{sentence_case(problem)}.", style="bold")


def _conclusion(
    errors: Sequence[Finding], warnings: Sequence[Finding], elapsed_s: float
) -> RenderableType:
    took = (f"  {seconds(elapsed_s)}", FAINT)
    if errors:
        return Text.assemble((f"{plural(len(errors), 'thing')} to mend.", f"bold {_BAD}"), took)
    if warnings:
        words = f"The council can answer; {plural(len(warnings), 'warning')}."
        return Text.assemble((words, f"bold {_DOUBTFUL}"), took)
    return Text.assemble(("The council can answer.", f"bold {_GOOD}"), took)
