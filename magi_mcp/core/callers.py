"""Core: the seats that whoever puts a question plays, told by their model strings.

A council is its caller's throughout or not at all: between two calls nobody drives one that the
caller plays, so there is nobody who could ask a model in its midst.
"""

from collections.abc import Mapping, Sequence

from magi_mcp.core.errors import CallerError

CALLER = "caller"
"""The model string of a seat that whoever called answers for."""

PLAYED = (
    "Played by the caller: whoever put the question answered for every seat, and whether those "
    "answers were formed apart from one another is not known here."
)
"""The warning of every verdict of such a council."""


NOBODY_PLAYS = (
    f"the seats have the model {CALLER!r}: whoever calls the tool deliberate plays them (and "
    "answers each ask with submit_replies), and here nobody could. Call that tool, or give the "
    "seats models: with --seat openai/gpt-4o-mini (once for each seat), MAGI_SEATS, or [[seats]]."
)
"""Why a question cannot be put where nobody is there to play."""


def check_callers(
    seats: Mapping[str, Sequence[str]], arbiter: Sequence[str], substitutes: Sequence[str]
) -> None:
    """Raises ``CallerError`` where the caller would play a part of a council and models the rest.

    ``seats`` holds the model strings of each seat by its name, its own first; ``arbiter`` those
    of the arbiter and ``substitutes`` those that may stand in, empty where there is none.
    """
    for seat, (_, *fallbacks) in seats.items():
        if CALLER in fallbacks:
            raise CallerError(
                "seats",
                f"{seat} has the fallback {CALLER!r}, and the caller cannot stand in for a model; "
                f"make it the model of every seat, or name a model instead.",
            )
    for argument, models in (("arbiter", arbiter), ("substitutes", substitutes)):
        if CALLER in models:
            raise CallerError(
                argument, f"{CALLER!r} plays seats and nothing else; name a model, or leave it out."
            )
    callers = [seat for seat, (model, *_) in seats.items() if model == CALLER]
    others = [seat for seat in seats if seat not in callers]
    if callers and others:
        raise CallerError(
            "seats",
            f"{callers[0]} is played by the caller and {others[0]} by {seats[others[0]][0]!r}; "
            f"give every seat the model {CALLER!r}, or none.",
        )
    both = {seat for seat in callers if len(seats[seat]) > 1}
    if both:
        seat = min(both)
        raise CallerError(
            "seats",
            f"{seat} is played by the caller and has the fallback {seats[seat][1]!r}, whom nobody "
            "could ask; leave the fallback out.",
        )
    if callers and (arbiter or substitutes):
        argument = "arbiter" if arbiter else "substitutes"
        model = (*arbiter, *substitutes)[0]
        raise CallerError(
            argument,
            f"{model!r} cannot be asked on a council that the caller plays; leave it out, or give "
            "every seat a model.",
        )
