"""Core: from a dossier to the contract's result, whatever state it is in."""

from collections.abc import Sequence

from pydantic import JsonValue

from magi_mcp.core.anonymity import anonymised
from magi_mcp.core.asks import Ask
from magi_mcp.core.deliberated import case_of, decision_of
from magi_mcp.core.details import Detail, brief, standard
from magi_mcp.core.dossier import Dossier, short_id
from magi_mcp.core.envelope import envelope, more, progress, unfinished_step
from magi_mcp.core.summons import how_to_play, in_brief, shown_in, summons
from magi_mcp.core.verdict import Findings, Planned, Verdict


def verdict_of(dossier: Dossier, *, now: float | None = None, asks: Sequence[Ask] = ()) -> Verdict:
    """The result of a deliberation, whatever state it is in.

    ``now`` is epoch seconds. ``asks`` are those that its caller has to answer, if it awaits any;
    without them it tells only which they are.
    """
    case, decision = case_of(dossier), decision_of(dossier)
    findings = decision.findings if decision else Findings()
    verdict = Verdict(
        **dict(envelope(dossier, next_step=_next_step(dossier), now=now)),
        question=case.question,
        method=case.method,
        protocol=case.protocol,
        progress=progress(dossier, now, of=1 + case.limits.max_rounds),
        asks=summons(dossier, asks) if dossier.status == "awaiting_replies" else None,
        actual=dossier.actual,
        **dict(findings),
    )
    return anonymised(verdict, case) if case.anonymous else verdict


def as_json(verdict: Verdict | Planned, detail: Detail) -> dict[str, JsonValue]:
    """The result with the contract's keys, in the contract's order.

    ``progress`` is a key of those alone that are under way, ``asks`` of those that await replies,
    ``actual`` of those of which somebody told what really happened, and ``plan`` of plans, which
    have but one detail.
    """
    whole: dict[str, JsonValue] = verdict.model_dump(mode="json", by_alias=True)
    if isinstance(verdict, Planned):
        return whole
    for key in ("progress", "actual"):
        if whole[key] is None:
            del whole[key]
    whole.pop("asks", None)  # they come last, and are cut by a rule of their own
    match detail:
        case "brief":
            shown = brief(whole)
        case "standard":
            shown = standard(whole)
        case "full":
            shown = whole
    if verdict.asks is None:
        return shown
    return shown_in(shown, in_brief(verdict.asks) if detail == "brief" else verdict.asks)


def _next_step(dossier: Dossier) -> str | None:
    name = short_id(dossier.dossier_id)
    match dossier.status:
        case "awaiting_replies":
            return how_to_play(name, summons(dossier, ()))
        case "decided":
            return f"Give the user {_to_give(dossier)}. {more(dossier)}"
        case "undecided" if _too_few(dossier):
            return (
                "Tell the user that too few seats took a position for a ruling, and why; mend "
                f"what can be mended and put the question again. {more(dossier)}"
            )
        case "undecided" if case_of(dossier).method == "consensus":
            return (
                "Tell the user that the draft was not ratified and what is objected to; do not "
                f"present it as agreed. {more(dossier)}"
            )
        case "undecided" if case_of(dossier).method == "compose":
            return (
                "Give the user the drafts that share the first place; do not choose between them "
                f"in the council's name. {more(dossier)}"
            )
        case "undecided":
            return (
                "Tell the user that the council is split and what each side holds; do not "
                "present either side as its decision. With facts that would move a side, put it "
                f'again: deliberate(..., follows="{name}"). {more(dossier)}'
            )
        case _:
            return unfinished_step(dossier)


def _to_give(dossier: Dossier) -> str:
    match dossier.decision.outcome if dossier.decision else None:
        case "estimate":
            return "the estimate, its range and what the outliers argue"
        case "synthesis":
            return "the account, and where the views part"
        case "ranking":
            return "the best draft in full, and who ranked another one first"
        case _:
            return "ruling, split and dissent"


def _too_few(dossier: Dossier) -> bool:
    return dossier.decision is not None and dossier.decision.outcome == "no_quorum"
