"""CLI: a verdict as a person likes to read it, in whatever state it is. Pure.

One rendering for every command. It knows the core's verdict and nothing of where it comes
from; it adds no judgement of its own, and hides none: what makes a verdict provisional or
degraded stands at the top of it.
"""

from collections.abc import Iterator
from typing import assert_never

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from magi_mcp.cli.dissent import minds, needs, sides, standing
from magi_mcp.cli.glossary import FLAG_OF_COST
from magi_mcp.cli.plain import plain, plain_line
from magi_mcp.cli.results import accounted, answered, arbitrated, estimated, ranked
from magi_mcp.cli.typeset import FAINT, bullet, joined, section
from magi_mcp.cli.votes import voted
from magi_mcp.core.dossier import short_id
from magi_mcp.core.headline import found, how, state, why_failed, why_not
from magi_mcp.core.verdict import Verdict
from magi_mcp.core.words import MEND, dollars, failure_in_words, plural, seconds, sentence_case

_GOOD, _DOUBTFUL, _BAD = "green", "yellow", "red"
_PROVISIONAL = "Provisional: "
_TITLES = {"DECIDED": "RULING", "FORCED": "FORCED RULING", "RANKED": "RANKING"}
"""What people call a result whose state the contract names otherwise."""


def verdict_view(verdict: Verdict, *, reread: str) -> RenderableType:
    """The whole verdict. ``reread`` is the command that shows its dossier again."""
    return Group(
        Text(plain(verdict.question), style="bold"),
        Text(),
        _ruling(verdict),
        Text(),
        *_body(verdict),
        *_warnings(verdict),
        joined(_bill(verdict)),
        Text.assemble(
            (f"Dossier {short_id(verdict.dossier_id)} · read it again: ", FAINT), (reread, "bold")
        ),
    )


def _body(verdict: Verdict) -> Iterator[RenderableType]:
    match verdict.status:
        case "decided" | "undecided":
            for part in (
                answered,
                accounted,
                arbitrated,
                ranked,
                estimated,
                voted,
                sides,
                minds,
                standing,
                needs,
            ):
                yield from part(verdict)
        case "failed" | "cancelled" | "interrupted" | "running" | "awaiting_replies":
            pass
        case _:
            assert_never(verdict.status)


def _ruling(verdict: Verdict) -> Panel:
    title, words, style = _headline(verdict)
    return Panel(
        Group(Text(words, style=f"bold {style}"), *_qualified(verdict)),
        title=Text(f" {title} ", style=f"bold {style}"),
        title_align="left",
        border_style=style,
        box=box.HEAVY,
        padding=(1, 2),
    )


def _headline(verdict: Verdict) -> tuple[str, str, str]:
    """The panel's title, what stands in it largest, and its colour."""
    title = _TITLES.get(state(verdict), state(verdict))
    match verdict.status:
        case "decided":
            firm = not (verdict.provisional or verdict.degraded or verdict.outcome == "forced")
            mark = "PROVISIONAL " if verdict.provisional else ""
            said = plain_line(found(verdict))
            if verdict.outcome in ("synthesis", "ranking"):
                said = sentence_case(said)  # our own words: no option and no position
            return f"{mark}{title}", said, _GOOD if firm else _DOUBTFUL
        case "undecided":
            cause, _, _ = why_not(verdict).partition("; ")
            return title, f"{sentence_case(plain_line(cause))}.", _DOUBTFUL
        case "failed":
            return title, f"{sentence_case(why_failed(verdict))}.", _BAD
        case "cancelled":
            return title, "Stopped before a verdict; what had arrived is kept.", _DOUBTFUL
        case "interrupted":
            return title, "Broken off before a verdict; what had arrived is kept.", _BAD
        case "awaiting_replies":
            told = "There is no verdict yet: whoever plays the seats has to answer for them."
            return title, told, _DOUBTFUL
        case "running":
            return title, "There is no verdict yet.", _DOUBTFUL
        case _:
            assert_never(verdict.status)


def _qualified(verdict: Verdict) -> Iterator[Text]:
    """How the result came about, and whatever takes authority from it."""
    if verdict.status == "decided":
        argued = f", after {plural(verdict.rounds, 'round')}" if verdict.rounds > 1 else ""
        yield Text(f"{sentence_case(plain_line(how(verdict)))}{argued}")
    if verdict.status == "undecided":
        _, _, caution = why_not(verdict).partition("; ")
        yield Text(f"{sentence_case(caution)}.")
    flags = [
        _flag("PROVISIONAL", cause.removeprefix(_PROVISIONAL))
        for cause in verdict.warnings
        if cause.startswith(_PROVISIONAL)
    ]
    if verdict.degraded and verdict.status != "failed":
        flags.append(_flag("DEGRADED", "not every seat was heard in every round; see below."))
    if flags:
        yield Text()
        yield from flags


def _flag(word: str, cause: str) -> Text:
    return Text.assemble((f" {word} ", f"bold reverse {_DOUBTFUL}"), " ", plain_line(cause))


def _warnings(verdict: Verdict) -> Iterator[RenderableType]:
    rest = [w for w in verdict.cautions if not w.startswith(_PROVISIONAL)]
    for title, lines in (("Causes", verdict.causes), ("Warnings", rest)):
        if lines:
            told = map(bullet, map(failure_in_words, lines))
            yield section(title, *told, style=f"bold {_DOUBTFUL}")
    if verdict.status == "failed" and verdict.rounds:
        again = f"magi-mcp resume {short_id(verdict.dossier_id)}"
        yield section("What to do", Text(f"{MEND}, then {again}: it asks those again who failed."))
    elif verdict.status == "failed" and verdict.next_step:
        yield section("What to do", Text(verdict.next_step), Text(FLAG_OF_COST))


def _bill(verdict: Verdict) -> Iterator[str]:
    yield " > ".join(verdict.route)
    yield plural(verdict.rounds, "round")
    yield plural(verdict.calls, "call")
    yield dollars(verdict.cost_usd)
    if verdict.elapsed_s is not None:
        yield seconds(verdict.elapsed_s)
    if verdict.calls and verdict.tokens_in is not None and verdict.tokens_out is not None:
        yield f"{verdict.tokens_in:,} tokens in, {verdict.tokens_out:,} out"
