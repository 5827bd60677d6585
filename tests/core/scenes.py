"""Dossiers in every state a reader can meet one in; for tests of what is shown of them."""

from collections.abc import Callable, Mapping

from magi_mcp.core.budget import Expense, Pool
from magi_mcp.core.case import Lens, Limits
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import Dossier, fold
from magi_mcp.core.events import Cancelled, CaseOpened, CouncilFailed, RoundClosed, RoundRefused
from tests.core.method_scenes import METHOD_SCENES
from tests.core.paper import (
    ABSTAINED,
    MODELS,
    Course,
    Script,
    a_case,
    deliberated,
    entries,
    failed,
    grouped,
    said,
    voted,
    wrote,
)

LENSES = (
    Lens(name="Melchior", text="Look at it as an engineer would."),
    Lens(name="Balthasar", text="Look at it as a guardian would."),
    Lens(name="Casper", text="Look at it as a negotiator would."),
    None,
)
EVA = ("melchior", "balthasar", "casper")
ADDITIVE = voted(
    "yes",
    "The migration is additive, rollback takes four minutes, waiting costs the partner's launch.",
    would_flip="A rehearsal in which the rollback fails.",
    confidence=0.8,
)
ROWS = voted(
    "no",
    "Rollback covers code, not rows written by 4.2.",
    would_flip="rollback never tried with 4.2's rows",
    confidence=0.9,
    needs=["Was rollback tried with 4.2's rows?"],
)
SHORT: Script = {"melchior": [ADDITIVE], "balthasar": [ADDITIVE], "casper": [ROWS]}


def decided() -> Dossier:
    return deliberated(a_case(seats=EVA, lenses=LENSES), SHORT).dossier()


def persuaded() -> Dossier:
    """A tie that one changed mind resolves."""
    script: Script = {
        "melchior": [ADDITIVE],
        "balthasar": [ROWS, voted("yes", "It was rehearsed.", because="the rehearsal log")],
        "casper": [ABSTAINED, ROWS],
    }
    return deliberated(a_case(seats=EVA, lenses=LENSES), script).dossier()


def unanimous() -> Dossier:
    script: Script = {"melchior": [ADDITIVE], "balthasar": [ADDITIVE], "casper": [ADDITIVE]}
    return deliberated(a_case(seats=EVA, lenses=LENSES), script).dossier()


def provisional() -> Dossier:
    script: Script = {**SHORT, "casper": [failed("rate_limited", "429: try again in 20 s")]}
    case = a_case(seats=EVA, models=("openai/gpt-5.4", "openai/o3", MODELS[1]), lenses=LENSES)
    return deliberated(case, script).dossier()


def tied() -> Dossier:
    script: Script = {"melchior": [ADDITIVE], "balthasar": [ROWS], "casper": [ABSTAINED]}
    return deliberated(a_case(seats=EVA, lenses=LENSES), script).dossier()


def below_threshold() -> Dossier:
    case = a_case(seats=EVA, lenses=LENSES, limits=Limits(max_rounds=0, vote_threshold=0.67))
    return deliberated(case, SHORT).dossier()


def no_quorum() -> Dossier:
    script: Script = {
        "melchior": [ADDITIVE],
        "balthasar": [failed()],
        "casper": [said("Hard to say.")],
    }
    case = a_case(seats=EVA, lenses=LENSES, limits=Limits(max_rounds=0))
    return deliberated(case, script).dossier()


def without_a_reply() -> Dossier:
    """Nobody voted: all that came back was unreadable."""
    script: Script = {seat: [said("Hard to say.")] for seat in EVA}
    return deliberated(a_case(seats=EVA), script).dossier()


def everybody_failed() -> Dossier:
    script: Script = {
        "melchior": [failed("authentication", "401: no such key; set OPENAI_API_KEY")],
        "balthasar": [failed("unknown_model", "404: withdrawn")],
        "casper": [failed()],
    }
    return deliberated(a_case(seats=EVA), script).dossier()


def too_dear() -> Dossier:
    """Not even the first round could be paid for, so nobody was asked."""
    case = a_case(seats=EVA, limits=Limits(max_cost_usd=0.5))
    deliberation = Deliberation(case)
    pool = Pool("deliberation", max_cost_usd=0.5)
    shortage = pool.shortage(Expense(60_000, 1.4)) or ""
    refused = RoundRefused(round_id="r1", reason="budget", detail=shortage)
    deliberation.apply(refused)
    failed_at_once = deliberation.due()
    assert isinstance(failed_at_once, CouncilFailed)
    return fold(entries([CaseOpened(case=case), refused, failed_at_once]))


def _so_far(course: Course, events: int, *, driven: bool) -> Dossier:
    return fold(entries(course.events[:events]), driven=driven)


def convening() -> Dossier:
    return _so_far(deliberated(a_case(seats=EVA), SHORT), 1, driven=True)


def running() -> Dossier:
    return _so_far(deliberated(a_case(seats=EVA), SHORT), 4, driven=True)


def interrupted() -> Dossier:
    return _so_far(deliberated(a_case(seats=EVA), SHORT), 4, driven=False)


def cancelled() -> Dossier:
    course = deliberated(a_case(seats=EVA), SHORT)
    return fold(entries([*course.events[:4], Cancelled(by="the user")]))


def closed_early() -> Dossier:
    """A round that was closed by the deadline, while one seat was still being asked."""
    course = deliberated(a_case(seats=EVA), SHORT)
    closed = RoundClosed(round_id="r1", reason="deadline", missing=("r1/casper",))
    return fold(entries([*course.events[:4], closed]))


def rich() -> Dossier:
    """Five seats, three rounds, an abstention, a failure, changed minds: all there is to show."""
    case = a_case(
        "options",
        "critique",
        seats=(*EVA, "dora", "emil"),
        models=(*MODELS, "mistral/mistral-large-latest", "openai/house-model"),
        lenses=(*LENSES, None),
        options=("Ship on Friday", "Postpone to Monday", "Ship behind a flag"),
        context="4.2 adds two columns. The partner launches on Monday.",
    )
    lock = "The migration adds two columns with defaults, so the lock lasts under a second."
    nobody = "Nobody is on call on Saturday, so nobody could run a rollback."
    lost = "Rollback covers code, not rows written by 4.2.\nThose rows would be lost."
    on_call = "A named person on call on Saturday."
    script: Script = {
        "melchior": [voted("A", lock, would_flip="A rollback that fails.", confidence=0.8)],
        "balthasar": [
            voted("B", nobody, would_flip=on_call, needs=["Who is on call on Saturday?"]),
            voted(
                "A",
                "The rollback needs nobody: it runs by itself.",
                because="the rehearsal log shows an automatic rollback",
                would_flip=on_call,
                confidence=0.6,
            ),
        ],
        "casper": [
            voted(
                "B",
                lost,
                would_flip="Proof that rows written by 4.2 survive.",
                confidence=0.9,
                needs=["Was rollback tried with 4.2's rows?"],
            )
        ],
        "dora": [voted("abstain", "I do not know the contract."), voted("A", "Waiting costs.")],
        "emil": [said("It depends."), failed("rate_limited", "429"), voted("A", "Additive.")],
    }
    return deliberated(case, script).dossier()


def open_question() -> Dossier:
    """Positions in the seats' own words, brought together by one of them."""
    script: Script = {
        "melchior": [voted("Ship it behind a flag", "Safe and early.")],
        "balthasar": [voted("Use a feature flag", "It can be turned off.")],
        "casper": [voted("Wait until Monday", "Nobody is on call.")],
    }
    together = grouped(("Ship it behind a flag", "Use a feature flag"))
    written = "Put it behind a feature flag: it ships early and can be turned off."
    return deliberated(
        a_case("majority", seats=EVA),
        script,
        grouping=together,
        serving={"ruling": lambda ask: wrote(written)},
    ).dossier()


SCENES: Mapping[str, Callable[[], Dossier]] = {
    **METHOD_SCENES,
    "decided": decided,
    "persuaded": persuaded,
    "unanimous": unanimous,
    "provisional": provisional,
    "tied": tied,
    "below_threshold": below_threshold,
    "no_quorum": no_quorum,
    "without_a_reply": without_a_reply,
    "everybody_failed": everybody_failed,
    "too_dear": too_dear,
    "convening": convening,
    "running": running,
    "interrupted": interrupted,
    "cancelled": cancelled,
    "rich": rich,
    "open_question": open_question,
}
