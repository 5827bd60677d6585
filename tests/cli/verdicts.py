"""Real verdicts of scripted councils, with the id and the time that vary pinned down."""

import json
from collections.abc import Mapping

import anyio
from pydantic import JsonValue

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Limits
from magi_mcp.core.forms import GroupingForm, RatingForm, StatementForm
from magi_mcp.core.replies import Answered, Failed, Usage
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Line, Script
from tests.support.councils import ballot, scripted_council

QUESTION = "Should we ship 4.2 on Friday?"
DOSSIER_ID = "01a1ffe2-a261-745f-b73d-c9ce8c1f27ab"
REREAD = "magi-mcp dossiers show 8c1f27ab"
LATE = Failed(failure="timeout", detail="no answer within 60 s")


def verdict(
    scripts: Mapping[str, Script | SeatPort],
    *,
    method: str = "yes_no",
    protocol: str = "vote",
    limits: Limits | None = None,
    trust: Mapping[str, float] | None = None,
    anonymous: bool = False,
    question: str = QUESTION,
) -> Verdict:
    """What these seats make of the question."""

    async def deliberated() -> Verdict:
        async with scripted_council(scripts, limits=limits) as council:
            request = Request(
                question=question,
                method=method,
                protocol=protocol,
                trust=trust or {},
                anonymous=anonymous,
            )
            sitting = await council.put(request)
            return verdict_of(await sitting.wait())

    reached = anyio.run(deliberated)
    return reached.model_copy(
        update={
            "dossier_id": DOSSIER_ID,
            "dossier_uri": f"magi://dossiers/{DOSSIER_ID}",
            "elapsed_s": 24.0,
        }
    )


def says(model: str, position: str, argument: str, **more: str | float) -> Answered:
    """The reply of a model that is paid for."""
    return Answered(
        text=json.dumps(ballot(position, argument, **more)),
        served_by=model,
        usage=Usage(calls=1, tokens_in=900, tokens_out=150, cost_usd=0.0016),
    )


def decided() -> Verdict:
    """Two against one after an argument that turned the blind vote round."""
    melchior, balthasar, casper = (
        "openrouter/deepseek/deepseek-v3.2",
        "openai/gpt-5.4-nano",
        "gemini/gemini-2.5-flash",
    )
    additive = "The migration is additive, rollback takes four minutes, waiting costs the launch."
    rows = "Rollback covers code, not rows written by 4.2. Nobody tried it with such rows."
    agreed = "The rehearsal log shows the rollback done in four minutes."
    return verdict(
        {
            "melchior": [says(melchior, "yes", additive)] * 4,
            "balthasar": [
                says(balthasar, "no", rows),
                *[says(balthasar, "yes", agreed, because="the rehearsal log", confidence=0.9)] * 3,
            ],
            "casper": [says(casper, "no", rows, would_flip="A rollback rehearsed with 4.2's rows.")]
            * 4,
        },
        protocol="critique",
    )


def tie() -> Verdict:
    """One against one, and a seat that would not judge."""
    return verdict(
        {
            "melchior": [ballot("yes", "The rehearsal took four minutes.")],
            "balthasar": [ballot("no", "Rollback covers code, not rows.")],
            "casper": [ballot("abstain", "I know nothing of the rows.", needs=["Row counts?"])],
        },
        limits=Limits(max_rounds=0),
    )


def doubtful() -> Verdict:
    """Decided by a margin that the seat which failed could have undone."""
    return verdict(
        {
            "melchior": [ballot("yes", "The rehearsal took four minutes.")],
            "balthasar": [ballot("yes", "Nobody is on holiday.", confidence=0.5)],
            "casper": [ballot("no", "Rollback covers code, not rows.")],
            "dora": [LATE],
        }
    )


def failed() -> Verdict:
    """Nobody answered."""
    refused = Failed(failure="authentication", detail="401: the key was refused")
    return verdict({"melchior": [LATE], "balthasar": [refused], "casper": [LATE]})


def failed_unpriced() -> Verdict:
    """Nobody answered, and of the calls that broke off nobody knows the price."""
    broke_off = LATE.model_copy(update={"usage": Usage(calls=1)})
    return verdict({"melchior": [broke_off], "balthasar": [broke_off]})


def too_dear() -> Verdict:
    """Nobody was asked, because not even the first round fits the budget."""
    return verdict({"melchior": [], "balthasar": []}, limits=Limits(max_tokens=100))


def unanimous() -> Verdict:
    """All agree at once."""
    agreed = [ballot("yes", "The rehearsal took four minutes.")]
    return verdict({"melchior": agreed, "balthasar": agreed, "casper": agreed})


def seat(
    position: str,
    argument: str,
    *,
    scores: Mapping[str, int] | None = None,
    text: str = "",
    lists: Mapping[str, JsonValue] | None = None,
) -> Script:
    """A seat that says the same in every round.

    As a rater it gives a draft the score of the first word in ``scores`` that the draft
    holds; as rapporteur it writes ``text`` with ``lists``; a grouping keeps all apart.
    """

    def answer(ask: Ask) -> Line:
        match ask.form:
            case GroupingForm(count=count):
                return {"groups": [[number] for number in range(1, count + 1)]}
            case RatingForm(names=names):
                return {"ratings": [_rated(name, ask.prompt, scores or {}) for name in names]}
            case StatementForm():
                return {"text": text, **(lists or {})}
            case _ if ask.purpose == "ratification":
                return ballot("object" if "object" in argument else "accept", argument)
            case _:
                return {**ballot(position, argument), "text": argument}

    return answer


def _rated(name: str, prompt: str, scores: Mapping[str, int]) -> dict[str, JsonValue]:
    draft = prompt.partition(f"answer of {name} ")[2].partition("[end")[0]
    score = next(score for word, score in scores.items() if word in draft)
    return {"draft": name, "score": score, "why": f"It is worth {score}."}


def estimate() -> Verdict:
    """Three probabilities, one of them far off."""
    return verdict(
        {
            "melchior": seat("0.62", "Most such migrations held."),
            "balthasar": seat("0.7", "The rehearsal went well."),
            "casper": seat("0.2", "Nobody tried it with such rows."),
        },
        method="probability",
        limits=Limits(max_rounds=0),
    )


def ranking() -> Verdict:
    """Three drafts, rated by everyone but their authors."""
    worth = {"Brief": 9, "Plain": 6, "Long": 3}
    return verdict(
        {
            "melchior": seat("", "Brief note: we ship on Friday.", scores=worth),
            "balthasar": seat("", "Plain note: we ship on Friday, at noon.", scores=worth),
            "casper": seat("", "Long note: " + "we ship and ship and ship " * 20, scores=worth),
        },
        method="compose",
        question="Write the note.",
    )


def synthesis() -> Verdict:
    """Two views in one account."""
    account: dict[str, JsonValue] = {
        "consensus": ["The rollback takes four minutes."],
        "contradictions": ["Whether rows are covered."],
        "blind_spots": ["Who is on call."],
    }
    return verdict(
        {
            "melchior": seat(
                "Ship it", "It is safe.", text="Both see the rollback.", lists=account
            ),
            "balthasar": seat("Wait", "It is not.", text="Both see the rollback.", lists=account),
        },
        method="synthesis",
    )


def overruled() -> Verdict:
    """A split that the arbiter settled against the leading side."""
    return verdict(
        {
            "melchior": seat("yes", "The rehearsal took four minutes."),
            "balthasar": seat("yes", "The rehearsal took four minutes."),
            "casper": seat("no", "Rollback covers code, not rows."),
            "arbiter": seat("no", "Rows are what cannot be undone."),
        },
        protocol="adaptive",
    )


def entrusted() -> Verdict:
    """A split that the most trusted seat settled."""
    return verdict(
        {
            "melchior": seat("yes", "The rehearsal took four minutes."),
            "balthasar": seat("no", "Rollback covers code, not rows."),
        },
        protocol="escalate",
        trust={"balthasar": 2},
    )


def ratified() -> Verdict:
    """Common ground that all but one seat accept."""
    draft = "Ship on Friday behind a flag."
    return verdict(
        {
            "melchior": seat("Ship", "Fine with me.", text=draft),
            "balthasar": seat("Ship soon", "Fine with me, too.", text=draft),
            "casper": seat("Wait", "I object to Friday.", text=draft),
        },
        method="consensus",
        limits=Limits(max_rounds=0),
    )


def unratified() -> Verdict:
    """A draft that most seats object to."""
    draft = "Ship on Friday behind a flag."
    return verdict(
        {
            "melchior": seat("Ship", "Fine with me.", text=draft),
            "balthasar": seat("Wait", "I object to Friday.", text=draft),
            "casper": seat("Wait long", "I object to shipping.", text=draft),
        },
        method="consensus",
        limits=Limits(max_rounds=0),
    )


def anonymous() -> Verdict:
    """A split of seats that nobody is to know."""
    return verdict(
        {
            "melchior": [says("openai/gpt-5.4-nano", "yes", "As GPT, I trust the rehearsal.")],
            "balthasar": [says("anthropic/claude-haiku-4-5", "yes", "Nobody is on holiday.")],
            "casper": [says("gemini/gemini-2.5-flash", "no", "Rollback covers code, not rows.")],
        },
        anonymous=True,
    )
