"""Dossiers of the methods and settlements in which something other than votes is to be shown."""

from collections.abc import Callable, Mapping

from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.replies import Reply
from tests.core.paper import (
    Script,
    a_case,
    deliberated,
    failed,
    grouped,
    rated,
    said,
    voted,
    wrote,
)

EVA = ("melchior", "balthasar", "casper")
ONE_ROUND = Limits(max_rounds=0)
FLAG = voted("Ship behind a flag", "It ships early and can be turned off.", confidence=0.8)
SWITCH = voted("Use a feature flag", "A flag is undone in a minute.", confidence=0.6)
WAIT = voted(
    "Wait until Monday",
    "Nobody is on call on Saturday.",
    would_flip="A named person on call.",
    needs=["Who is on call on Saturday?"],
)
OPEN: Script = {"melchior": [FLAG], "balthasar": [SWITCH], "casper": [WAIT]}
FLAGS = grouped(("Ship behind a flag", "Use a feature flag"))
ARBITER_MODEL = "anthropic/claude-sonnet-4-6"
YES = voted("yes", "The migration is additive.", confidence=0.8)
NO = voted("no", "Rollback covers code, not rows.", would_flip="A rehearsed rollback of rows.")


def estimate() -> Dossier:
    script: Script = {
        "melchior": [voted("0.2", "Two of nine such launches slipped.", confidence=0.7)],
        "balthasar": [voted("0.3", "The rehearsal went well, with one retry.")],
        "casper": [voted("70%", "Nobody is on call.", would_flip="A named person on call.")],
    }
    case = a_case("probability", seats=EVA, question="Will the launch of 4.2 slip?")
    return deliberated(case, script).dossier()


def synthesis() -> Dossier:
    account = wrote(
        "Ship early, but only with a way back that somebody can take at the weekend.",
        consensus=["A way back is needed."],
        contradictions=["A flag suffices / somebody must be on call."],
        unique_insights=["Nobody is on call on Saturday (Casper)."],
        blind_spots=["The partner has not been asked."],
    )
    return deliberated(
        a_case("synthesis", seats=EVA, limits=ONE_ROUND),
        OPEN,
        grouping=FLAGS,
        serving={"ruling": lambda ask: account},
    ).dossier()


def overlooked() -> Dossier:
    dissent = wrote(
        "A flag turns code off; it calls nobody out of bed on a Saturday.",
        blind_spots=["Nobody is on call.", "Rows written by 4.2 stay."],
    )

    def write(ask: Ask) -> Reply:
        return dissent if ask.seat == "casper" else failed()

    return deliberated(
        a_case("minority", seats=EVA, limits=ONE_ROUND),
        OPEN,
        grouping=FLAGS,
        serving={"ruling": write},
    ).dossier()


DRAFTS: Script = {
    seat: [f"Dear partner,\nwe launch on {day}.\n(by {seat})"]
    for seat, day in zip(EVA, ("Friday", "Monday", "Tuesday"), strict=True)
}


def ranked() -> Dossier:
    scores = {
        "melchior": {"balthasar": 9, "casper": 4},
        "balthasar": {"melchior": 5, "casper": 8},
        "casper": {"melchior": 3, "balthasar": 7},
    }
    case = a_case("compose", seats=EVA, question="Write to the partner.")
    return deliberated(case, DRAFTS, serving={"rating": rated(scores)}).dossier()


def tied_drafts() -> Dossier:
    scores = {
        "melchior": {"balthasar": 7, "casper": 5},
        "balthasar": {"melchior": 7, "casper": 5},
        "casper": {"melchior": 7, "balthasar": 7},
    }
    case = a_case("compose", seats=EVA, question="Write to the partner.", limits=ONE_ROUND)
    return deliberated(case, DRAFTS, serving={"rating": rated(scores)}).dossier()


def _ratified_by(*accepting: str) -> Dossier:
    draft = "Ship 4.2 behind a flag once somebody is on call for the weekend."

    def ratify(ask: Ask) -> Reply:
        if ask.seat in accepting:
            return voted("accept", "I can sign it as it stands.")
        return voted("object", "It names nobody.", would_flip="A name and a number.")

    return deliberated(
        a_case("consensus", seats=EVA, limits=ONE_ROUND),
        OPEN,
        serving={"draft": lambda ask: wrote(draft), "ratification": ratify},
    ).dossier()


def ratified() -> Dossier:
    return _ratified_by("melchior", "balthasar")


def not_ratified() -> Dossier:
    return _ratified_by("melchior")


def _arbitrated(position: str) -> Dossier:
    script: Script = {"melchior": [YES], "balthasar": [YES], "casper": [NO]}
    choice = voted(position, "Rows written by 4.2 outlive a rollback of its code.")
    return deliberated(
        a_case(protocol="adaptive", seats=EVA, arbiter=ARBITER_MODEL),
        script,
        serving={"arbitration": lambda ask: choice},
    ).dossier()


def overruled() -> Dossier:
    """The arbiter decides against the majority."""
    return _arbitrated("no")


def confirmed() -> Dossier:
    """The arbiter agrees with the majority."""
    return _arbitrated("yes")


def entrusted() -> Dossier:
    """A three-way split that two rounds did not resolve; the most trusted seat rules."""
    script: Script = {
        "melchior": [voted("A", "It is additive.")],
        "balthasar": [voted("B", "Nobody is on call.", would_flip="A named person on call.")],
        "casper": [voted("C", "A flag can be turned off.")],
    }
    case = a_case(
        "options",
        "adaptive",
        seats=EVA,
        trust=(0.2, 0.9, 0.5),
        options=("Ship on Friday", "Postpone to Monday", "Ship behind a flag"),
    )
    return deliberated(case, script).dossier()


def nobody_wrote() -> Dossier:
    """All rapporteurs fail: the leading arguments stand, with a warning."""
    return deliberated(
        a_case("majority", seats=EVA, limits=ONE_ROUND),
        OPEN,
        grouping=FLAGS,
        serving={"ruling": lambda ask: failed("server", "500: overloaded")},
    ).dossier()


def unrated() -> Dossier:
    """Two raters of three are lost, and the third rates a draft that does not exist."""

    def rate(ask: Ask) -> Reply:
        if ask.seat != "melchior":
            return failed()
        given = rated({"melchior": {"balthasar": 9, "casper": 4}, "balthasar": {}, "casper": {}})
        reply = given(ask)
        extra = ', {"draft": "Zenith", "why": "Best of all.", "score": 10}]}'
        return said(reply.text.removesuffix("]}") + extra) if reply.kind == "answered" else reply

    case = a_case("compose", seats=EVA, question="Write to the partner.", limits=ONE_ROUND)
    return deliberated(case, DRAFTS, serving={"rating": rate}).dossier()


METHOD_SCENES: Mapping[str, Callable[[], Dossier]] = {
    "estimate": estimate,
    "synthesis": synthesis,
    "overlooked": overlooked,
    "ranked": ranked,
    "tied_drafts": tied_drafts,
    "unrated": unrated,
    "ratified": ratified,
    "not_ratified": not_ratified,
    "overruled": overruled,
    "confirmed": confirmed,
    "entrusted": entrusted,
    "nobody_wrote": nobody_wrote,
}
