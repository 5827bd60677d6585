"""Core: a judgement in one line: its state, what was found, and how it came about."""

from magi_mcp.core.judging.result import Judgement
from magi_mcp.core.words import enumerated, plural, sentence_case

_DO_NOT_PRESENT = "do not present it as the panel's judgement"


def state(judgement: Judgement) -> str:
    """The contract's word for the state of a result, e.g. ``DECIDED``."""
    match judgement.status:
        case "decided":
            return "DECIDED"
        case "undecided":
            return "NO RULING"
        case other:
            return other.upper()


def found(judgement: Judgement) -> str:
    """What the panel found; "" for nothing."""
    overall = judgement.overall
    if judgement.winner is not None:
        return f"answer {judgement.winner} is preferred"
    if overall is None:
        return ""
    marks = {True: "passed, ", False: "not passed, ", None: ""}[judgement.passed]
    return f"{marks}{overall.median:g} of 10"


def how(judgement: Judgement) -> str:
    """How it came about, in numbers."""
    if judgement.ranking is not None:
        first = judgement.ranking[0]
        won = "" if first.share is None else f"{first.share:.0%} of its counted ballots; "
        return f"{won}{flips(judgement)}"
    return scores_rest_on(judgement)


def scores_rest_on(judgement: Judgement) -> str:
    """Whose median an overall score is, and over which range."""
    overall = judgement.overall
    if overall is None:
        return "no judge gave an overall score"
    counted = sum(judge.overall is not None for judge in judgement.judges)
    threshold = judgement.pass_threshold
    passes = "" if threshold is None else f"; it passes from {threshold:g}"
    return f"median of {plural(counted, 'judge')}, from {overall.min:g} to {overall.max:g}{passes}"


def flips(judgement: Judgement) -> str:
    """How many preferences went with the order of two answers."""
    asked = sum(len(judge.pairs or ()) for judge in judgement.judges)
    return f"{judgement.order_flips or 0} of {plural(asked, 'preference')} flipped with the order"


def why_not(judgement: Judgement) -> str:
    """Why there is no judgement, and what must not be made of it."""
    if judgement.outcome == "tie":
        ties = [each.answer_no for each in judgement.ranking or () if each.place == 1]
        listed = enumerated(map(str, sorted(ties)))
        return (
            f"answers {listed} share the first place; do not choose between them in the panel's "
            "name"
        )
    return f"too few judges came to a judgement; {_DO_NOT_PRESENT}"


def headline(judgement: Judgement) -> str:
    """The state, and what must be known at once."""
    word = state(judgement)
    word = f"PROVISIONAL {word}" if judgement.provisional else word
    match judgement.status:
        case "decided":
            return f"{word}: {found(judgement)} ({how(judgement)})."
        case "undecided":
            return f"{word}: {why_not(judgement)}."
        case "running" | "awaiting_replies":
            return f"{word}: {_progress(judgement)}"
        case "failed":
            return f"{word}: {'no judge answered' if judgement.rounds else 'no judge was asked'}."
        case "interrupted":
            return f"{word}: the judgement stopped in round {judgement.rounds}."
        case "cancelled":
            return f"{word} in round {judgement.rounds}; what had arrived is kept."


def _progress(judgement: Judgement) -> str:
    progress = judgement.progress
    if progress is None or progress.round == 0:
        return "the panel is being convened."
    rounds = f"round {progress.round} of {progress.of}, " if progress.of > 1 else ""
    replies = f"{progress.answered} of {progress.seats} replies"
    left = progress.seconds_left
    waits = "" if left is None else f"; at most {left:.0f} s more"
    return f"{sentence_case(progress.doing)}: {rounds}{replies} in{waits}."
