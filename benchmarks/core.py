"""What the pure core takes: `python -m benchmarks.core`.

A council of nine seats argues for three rounds, with arguments of a paragraph each, for every
method; then its whole journal is folded into a dossier and its standing ballots are counted
again, nine drafts are ranked, and a deliberation is restored from its journal, which renders
every prompt and reads every reply once more. No clock, seat or network is in any figure.
"""

import json
import time
from collections.abc import Callable
from fractions import Fraction

from benchmarks.figures import Figure, report
from magi_mcp.core.announcement import announce
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import METHODS, Limits, MethodName
from magi_mcp.core.deliberation import Deliberation
from magi_mcp.core.dossier import fold
from magi_mcp.core.forms import DraftForm, GroupingForm, Probability, RatingForm, StatementForm
from magi_mcp.core.method import tally_of
from magi_mcp.core.ranking import standings_of
from magi_mcp.core.replies import Reply
from magi_mcp.core.report import markdown
from magi_mcp.core.result import as_json, verdict_of
from magi_mcp.core.seeding import draw
from tests.core.paper import MODELS, Course, a_case, deliberated, entries, said

SEATS = tuple(f"seat{number}" for number in range(1, 10))
PARAGRAPH = "The migration is additive, and its rollback was rehearsed twice last week. " * 8
RUNS = 30
TARGET_MS = 5.0


def main() -> None:
    """Print the figures; the ratio is to the target for tallying and folding."""
    report("The pure core, nine seats and three rounds", [*_methods(), *_parts()])


def _methods() -> list[Figure]:
    return [
        Figure(
            f"{method}: tally and fold",
            "ms",
            _timed(_tally_and_fold(_course(method))),
            reference=TARGET_MS,
            target=1.0,
        )
        for method in METHODS
    ]


def _parts() -> list[Figure]:
    course = _course("options")
    dossier = course.dossier()
    verdict = verdict_of(dossier)
    scores = {
        rater: {
            draft: Fraction(int(draw("scores", rater, draft)[:4], 16) % 11)
            for draft in SEATS
            if draft != rater
        }
        for rater in SEATS
    }
    return [
        Figure("compose: rank nine drafts", "ms", _timed(lambda: standings_of(scores))),
        Figure("options: restore the deliberation", "ms", _timed(_restored(course))),
        Figure(
            "options: verdict as JSON", "ms", _timed(lambda: as_json(verdict_of(dossier), "full"))
        ),
        Figure("options: announcement", "ms", _timed(lambda: announce(verdict))),
        Figure("options: report", "ms", _timed(lambda: markdown(dossier))),
    ]


def _course(method: MethodName) -> Course:
    case = a_case(
        method,
        "critique",
        seats=SEATS,
        models=MODELS,
        options=("Ship on Friday", "Postpone", "Ship behind a flag") if method == "options" else (),
        limits=Limits(max_rounds=2, min_rounds=2),
    )
    return deliberated(case, _reply)


def _tally_and_fold(course: Course) -> Callable[[], object]:
    journal = entries(course.events)

    def run() -> object:
        verdict = verdict_of(fold(journal))
        votes = {b.seat: b.position for b in verdict.ballots if b.position is not None}
        return tally_of(course.case, votes)

    return run


def _restored(course: Course) -> Callable[[], object]:
    return lambda: Deliberation.restore(course.events)


def _timed(run: Callable[[], object]) -> list[float]:
    """Milliseconds of each run, after one that warms up."""
    samples: list[float] = []
    for _ in range(RUNS + 1):
        began = time.perf_counter()
        run()
        samples.append(1000 * (time.perf_counter() - began))
    return samples[1:]


def _reply(ask: Ask) -> Reply:
    """A reply of usual length to any ask, drawn by the ask."""
    drawn = int(draw("benchmark", ask.ask_id)[:8], 16)
    words = {"argument": PARAGRAPH, "would_flip": "A failed rehearsal.", "confidence": 0.5}
    match ask.form:
        case GroupingForm(count=count):
            return said(json.dumps({"groups": [[number] for number in range(1, count + 1)]}))
        case RatingForm(names=names):
            ratings = [
                {"draft": name, "score": (drawn + place) % 11, "why": PARAGRAPH}
                for place, name in enumerate(names)
            ]
            return said(json.dumps({"ratings": ratings}))
        case StatementForm(lists=lists):
            return said(json.dumps({"text": PARAGRAPH, **{key: ["a point"] for key, _ in lists}}))
        case DraftForm():
            return said(json.dumps({"text": f"{drawn}. {PARAGRAPH * 3}"}))
        case _:
            position = ("0.2", "0.5", "0.7")[drawn % 3]
            if not isinstance(getattr(ask.form, "scale", None), Probability):
                position = _choice(ask, drawn)
            return said(json.dumps({"position": position, **words}))


def _choice(ask: Ask, drawn: int) -> str:
    match ask.purpose:
        case "ratification":
            return ("accept", "object")[drawn % 2]
        case _ if "yes or no" in ask.prompt:
            return ("yes", "no")[drawn % 2]
        case _:
            return "ABC"[drawn % 3]


if __name__ == "__main__":
    main()
