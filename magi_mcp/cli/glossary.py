"""CLI: what each method and each protocol is for, and the flag of a limit, in a line. Pure."""

from collections.abc import Mapping

from magi_mcp.core.case import METHODS, PROTOCOLS, MethodName, ProtocolName

METHOD_USES: Mapping[MethodName, str] = {
    "yes_no": "a question with two answers; rules yes or no",
    "options": "a choice among your options",
    "probability": "how likely it is that the answer is yes; an estimate with its range",
    "majority": "an open question; the prevailing view rules",
    "consensus": "common ground; a draft that every seat accepts or objects to",
    "minority": "an open question; what the prevailing view overlooks",
    "synthesis": "an open question; one account of all views, nothing is ruled",
    "compose": "a text; drafts, rated blind by the other seats, and ranked",
}
PROTOCOL_USES: Mapping[ProtocolName, str] = {
    "vote": "cheap; one blind round, argued only where it has no winner",
    "critique": "thorough; argued until the positions rest",
    "escalate": "for a ruling even where they split; one round of argument, then the arbiter or, "
    "without one, the most trusted seat settles it",
    "adaptive": "as much as the split is worth; vote where seats agree, else the arbiter, or "
    "critique, or escalate",
}
FLAG_OF_COST = "On the command line, --max-cost sets max_cost_usd for one question."
"""What the core cannot advise, for only whoever types commands has it."""

assert set(METHOD_USES) == set(METHODS)
assert set(PROTOCOL_USES) == set(PROTOCOLS)
