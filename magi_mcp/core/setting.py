"""Core: what a council was given, as the report tells it: context, options, lenses.

Whoever reads a dossier later has only this to judge the judgement by.
"""

from collections.abc import Iterator

from magi_mcp.core.anonymity import Mask
from magi_mcp.core.case import Case, Limits
from magi_mcp.core.deliberated import case_of
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.markup import escaped, inline, quoted
from magi_mcp.core.words import seat_title


def question_asked(dossier: Dossier) -> Iterator[str]:
    """The question where it is longer than a title, and the options to choose from."""
    case = case_of(dossier)
    if len(case.question) > 200 or "\n" in case.question:
        yield ""
        yield quoted(case.question)
    if case.options:
        yield ""
        yield f"Options: {' · '.join(inline(option) for option in case.options)}"
    yield from _terms(case)


def _terms(case: Case) -> Iterator[str]:
    """What was asked for beside the question, where it was not the usual."""
    terms = {
        "A ruling needs more than": (
            f"{case.limits.vote_threshold:g} of the counted ballots"
            if case.limits.vote_threshold != Limits().vote_threshold
            else ""
        ),
        "Language:": "" if case.language == "English" else case.language,
        "Instructions to every seat:": case.instructions,
        "Instructions to the rapporteur:": case.rapporteur_prompt,
    }
    for name, value in terms.items():
        if value.strip():
            yield ""
            yield f"{name} {inline(value)}"


def context_given(dossier: Dossier) -> Iterator[str]:
    """The context, whole, and which files were given; their texts stand in the journal."""
    context, documents = dossier.case.context, dossier.case.documents
    if context.strip() or documents:
        yield "## What the council was told"
    if context.strip():
        yield ""
        yield quoted(context)
    if documents:
        yield ""
        yield from (f"- {inline(each.title)}: {len(each.text):,} characters" for each in documents)


def lenses_worn(dossier: Dossier, mask: Mask) -> Iterator[str]:
    """The lens of each seat, in full: a name alone says nothing to a stranger."""
    case = dossier.case
    if case.anonymous or not any(seat.lens for seat in case.seats):
        return
    yield "## Lenses"
    yield ""
    for seat in case.seats:
        if seat.lens:
            title = escaped(seat_title(mask.name(seat.name)))
            lens = inline(seat.lens.name)
            named = "" if lens.casefold() == title.casefold() else f" ({lens})"
            yield f"- **{title}**{named}: {inline(seat.lens.text)}"
