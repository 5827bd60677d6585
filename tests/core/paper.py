"""A council on paper: cases, replies, and a driver that needs no clock and no seat."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue
from typing_extensions import TypedDict, Unpack

from magi_mcp.core.asks import BALLOT_PURPOSES, Ask, Purpose, Refused, Replies, Round
from magi_mcp.core.case import (
    ARBITER,
    Case,
    Lens,
    Limits,
    MethodName,
    ProtocolName,
    RapporteurRule,
    Seat,
)
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.events import (
    CaseOpened,
    CouncilFailed,
    Entry,
    Event,
    RoundAsked,
    VerdictReached,
)
from magi_mcp.core.forms import DraftForm
from magi_mcp.core.kinds import open_procedure
from magi_mcp.core.protocols import procedure_name
from magi_mcp.core.replies import Abstained, Answered, Failed, FailureKind, Reply, Usage
from magi_mcp.core.verdict import Decision, Findings
from magi_mcp.prompt_files import shipped_prompts

TRIO = ("ada", "ben", "cleo")
MODELS = ("openai/gpt-5.4-nano", "openrouter/deepseek/deepseek-v3.2", "gemini/gemini-2.5-flash")
DOSSIER_ID = "01938b6e-5d7e-7c3a-9d2f-00008c1f27ab"
OPENED_AT = 1_764_000_000.0
CALL = Usage(calls=1, tokens_in=100, tokens_out=20, cost_usd=0.001)
ABSTAINED = Abstained(reason="outside what I know")

Answers = Callable[[Ask], Reply]
Line = str | Reply
Script = Mapping[str, Sequence[Line]]
"""For each seat, what it says in each round of ballots; its last line is repeated."""


def decision_in(event: VerdictReached) -> Decision:
    """What a deliberation came to, by the event that ended it."""
    assert isinstance(event.decision, Decision), event
    return event.decision


class Wishes(TypedDict, total=False):
    """What a case may ask for beside the question."""

    allow_abstain: bool
    rapporteur: RapporteurRule
    rapporteur_prompt: str
    language: str
    instructions: str
    anonymous: bool


def a_case(
    method: MethodName = "yes_no",
    protocol: ProtocolName = "vote",
    *,
    seats: Sequence[str] = TRIO,
    models: Sequence[str] = MODELS,
    lenses: Sequence[Lens | None] = (None,),
    families: Sequence[str | None] = (None,),
    options: Sequence[str] = (),
    question: str = "Should we ship 4.2 on Friday?",
    context: str = "",
    seed: str = "seed",
    limits: Limits | None = None,
    prompts: Mapping[str, str] | None = None,
    arbiter: str | None = None,
    trust: Sequence[float] = (0.0,),
    **more: Unpack[Wishes],
) -> Case:
    """A case; models, lenses and families are dealt out in turn."""
    return Case(
        dossier_id=DOSSIER_ID,
        question=question,
        context=context,
        method=method,
        options=tuple(options),
        protocol=protocol,
        procedure=procedure_name(method, protocol),
        seats=tuple(
            Seat(
                name=name,
                model=models[place % len(models)],
                lens=lenses[place % len(lenses)],
                family=families[place % len(families)],
                trust=trust[place % len(trust)],
            )
            for place, name in enumerate(seats)
        ),
        limits=limits or Limits(),
        seed=seed,
        prompts=prompts or shipped_prompts(),
        arbiter=Seat(name=ARBITER, model=arbiter) if arbiter else None,
        **more,
    )


def said(text: str, served_by: str = "", usage: Usage = CALL) -> Answered:
    """A reply in these very words; served by the seat's own model unless told otherwise."""
    return Answered(text=text, served_by=served_by, usage=usage, elapsed_s=1.5)


def voted(position: str, argument: str = "Because.", **more: JsonValue) -> Answered:
    """A reply that is a ballot in JSON."""
    return said(json.dumps({"argument": argument, "position": position, **more}))


def failed(failure: FailureKind = "timeout", detail: str = "no answer in 60 s") -> Failed:
    return Failed(failure=failure, detail=detail)


def no_grouping(ask: Ask) -> Reply:
    """Nobody should have been asked to group anything."""
    raise AssertionError(f"{ask.ask_id} was asked to group: {ask.prompt}")


def grouped(*groups: Sequence[str]) -> Answers:
    """Answers groupings: texts of one group mean the same, all others stand alone."""

    def answer(ask: Ask) -> Reply:
        together: dict[object, list[int]] = {}
        for number, text in numbered_statements(ask):
            group = next((g for g in groups if text in g), text)
            together.setdefault(group, []).append(number)
        return said(json.dumps({"groups": list(together.values())}))

    return answer


def numbered_statements(ask: Ask) -> list[tuple[int, str]]:
    """The statements that a grouping ask shows, by number."""
    inside = ask.prompt.split("[begin statements", 1)[1].split("\n[end statements", 1)[0]
    lines = [line.partition(". ") for line in inside.splitlines()[1:]]
    return [(int(number), text) for number, _, text in lines]


def scripted(
    script: Script,
    grouping: Answers = no_grouping,
    serving: Mapping[Purpose, Answers] | None = None,
) -> Answers:
    """Answers from a script; a text is the position of a JSON ballot, or a whole draft.

    ``serving`` answers, by purpose, the asks that serve a round; what it leaves out is
    answered by :func:`usual`.
    """

    def answer(ask: Ask) -> Reply:
        if ask.purpose == "grouping":
            return grouping(ask)
        if ask.purpose not in BALLOT_PURPOSES:
            return (serving or {}).get(ask.purpose, usual)(ask)
        lines = script[ask.seat]
        line = lines[min(round_number(ask), len(lines)) - 1]
        if not isinstance(line, str):
            return line
        return wrote(line) if isinstance(ask.form, DraftForm) else voted(line)

    return answer


def usual(ask: Ask) -> Reply:
    """What a seat without a mind of its own replies to an ask that serves a round."""
    match ask.purpose:
        case "draft":
            return wrote("What all can sign.")
        case "ruling":
            return wrote("The ruling, argued.")
        case "ratification":
            return voted("accept", "I can sign it.")
        case _:
            raise AssertionError(f"{ask.ask_id} is not expected: {ask.prompt}")


def round_number(ask: Ask) -> int:
    """The number of the round an ask belongs to or serves, e.g. 2 for ``r2.rating/ada``."""
    return int(ask.ask_id.partition("/")[0].partition(".")[0].removeprefix("r"))


def wrote(text: str, **points: Sequence[str]) -> Answered:
    """A reply that is a text: a draft, a ruling."""
    return said(json.dumps({"text": text, **{key: list(each) for key, each in points.items()}}))


def rated(scores: Mapping[str, Mapping[str, float]]) -> Answers:
    """Answers ratings: rater -> author -> score. Whose draft is whose is read from the drafts,
    each of which has to name its author, as in "Draft by ada"."""

    def answer(ask: Ask) -> Reply:
        given = scores[ask.seat]
        ratings: list[JsonValue] = [
            {"draft": name, "score": given[author], "why": f"{author}: {given[author]:g}"}
            for name, author in authors_shown(ask, scores).items()
            if author in given
        ]
        return said(json.dumps({"ratings": ratings}))

    return answer


def authors_shown(ask: Ask, authors: Iterable[str]) -> dict[str, str]:
    """Which author's draft an ask shows under which pseudonym, e.g. ``{"Amber": "ada"}``."""
    shown = re.findall(r"\[begin answer of (\S+) [0-9a-f]+\]\n(.*?)\n\[end", ask.prompt, re.DOTALL)
    return {name: author for name, text in shown for author in authors if f"by {author}" in text}


@dataclass
class Course:
    """How a deliberation went: its events and every ask that went out."""

    case: Case
    events: list[Event] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)

    @property
    def decision(self) -> Decision:
        event = self.events[-1]
        assert isinstance(event, VerdictReached), event
        return decision_in(event)

    @property
    def findings(self) -> Findings:
        return self.decision.findings

    @property
    def causes(self) -> tuple[str, ...]:
        event = self.events[-1]
        assert isinstance(event, CouncilFailed), event
        return event.causes

    @property
    def rounds(self) -> list[str]:
        """The ids of the rounds that went out."""
        return [event.round_id for event in self.events if isinstance(event, RoundAsked)]

    def ask(self, ask_id: str) -> Ask:
        return next(ask for ask in self.asks if ask.ask_id == ask_id)

    def dossier(self, *, driven: bool = True) -> Dossier:
        return fold(entries(self.events), driven=driven)


def entries(events: Iterable[Event]) -> list[Entry]:
    """Journal entries, one second apart."""
    return [
        Entry(seq=seq, at=OPENED_AT + seq - 1, event=event)
        for seq, event in enumerate(events, start=1)
    ]


def deliberated(
    case: Case,
    script: Script | Answers,
    *,
    grouping: Answers = no_grouping,
    serving: Mapping[Purpose, Answers] | None = None,
    reverse_arrival: bool = False,
) -> Course:
    """Drive a case to its end."""
    answers = script if callable(script) else scripted(script, grouping, serving)
    deliberation = Deliberation(case)
    course = Course(case, [CaseOpened(case=case)])
    while not deliberation.ended:
        due = deliberation.due()
        assert due is not None
        deliberation.apply(due)
        course.events.append(due)
        pending = deliberation.pending
        course.asks += pending
        for ask in reversed(pending) if reverse_arrival else pending:
            reply = from_own_model(case, ask, answers(ask))
            event = deliberation.received(ask, reply)
            deliberation.apply(event)
            course.events.append(event)
    return course


def decided_without(
    case: Case, answers: Answers, purpose: Purpose | None = None, *, round_id: str = ""
) -> Decision:
    """The decision of a case of which the deadline refused a round, or all of one purpose."""
    procedure = open_procedure(case)
    due: Round = next(procedure)
    try:
        while True:
            if due.purpose == purpose or due.round_id == round_id:
                due = procedure.send(Refused("deadline"))
            else:
                replies = {a.seat: from_own_model(case, a, answers(a)) for a in due.asks}
                due = procedure.send(Replies(replies))
    except StopIteration as end:
        decision: Decision = end.value
        return decision


def from_own_model(case: Case, ask: Ask, reply: Reply) -> Reply:
    """The reply, served by the seat's own model where nothing else is said."""
    if isinstance(reply, Answered) and not reply.served_by:
        return reply.model_copy(update={"served_by": case.seat(ask.seat).model})
    return reply
