"""Real verdicts of scripted councils, with the id and the time that vary pinned down."""

import json
from collections.abc import Mapping

import anyio

from magi_mcp.convening import Request
from magi_mcp.core.case import Limits
from magi_mcp.core.replies import Answered, Failed, Usage
from magi_mcp.core.result import verdict_of
from magi_mcp.core.verdict import Verdict
from magi_mcp.ports import SeatPort
from magi_mcp.seats.scripted import Script
from tests.support.councils import ballot, scripted_council

QUESTION = "Should we ship 4.2 on Friday?"
DOSSIER_ID = "01a1ffe2-a261-745f-b73d-c9ce8c1f27ab"
REREAD = "magi-mcp dossiers show 8c1f27ab"
LATE = Failed(failure="timeout", detail="no answer within 60 s")


def verdict(
    scripts: Mapping[str, Script | SeatPort],
    *,
    protocol: str = "vote",
    limits: Limits | None = None,
) -> Verdict:
    """What these seats make of the question."""

    async def deliberated() -> Verdict:
        async with scripted_council(scripts, limits=limits) as council:
            request = Request(question=QUESTION, method="yes_no", protocol=protocol)
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


def unanimous() -> Verdict:
    """All agree at once."""
    agreed = [ballot("yes", "The rehearsal took four minutes.")]
    return verdict({"melchior": agreed, "balthasar": agreed, "casper": agreed})
