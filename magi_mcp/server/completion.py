"""Server: what a person may mean who has begun to type an argument of a resource or a prompt."""

from collections.abc import Sequence

from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from magi_mcp.core.errors import CallerError
from magi_mcp.core.inquiry import search_for
from magi_mcp.server.addresses import OF_DOSSIERS, PRESET
from magi_mcp.server.guides import FOCUSES
from magi_mcp.service import Council

MOST = 20
"""Completions offered at once; who types on is offered better ones."""

_LATEST = "latest"
_AFTER_HEX = "g"
Reference = PromptReference | ResourceTemplateReference


async def completed(
    council: Council,
    ref: Reference,
    argument: CompletionArgument,
    context: CompletionContext | None,  # noqa: ARG001  (nothing depends on other arguments)
) -> Completion:
    """Values for one argument; none where nothing is known of it."""
    match ref, argument.name:
        case ResourceTemplateReference(uri=uri), "dossier_id" if uri in OF_DOSSIERS:
            values = await _dossiers(council, argument.value)
        case ResourceTemplateReference(uri=uri), "preset" if uri == PRESET:
            values = _beginning(argument.value, list(council.bylaws.presets.presets))
        case PromptReference(name="convene" | "second_opinion"), "question":
            values = await _questions(council, argument.value)
        case PromptReference(name="review_changes"), "focus":
            values = _beginning(argument.value, FOCUSES)
        case _:
            values = []
    shown = values[:MOST]
    return Completion(values=shown, total=None, has_more=len(values) > len(shown))


def _beginning(typed: str, known: Sequence[str]) -> list[str]:
    wanted = typed.strip().casefold()
    return [each for each in known if each.casefold().startswith(wanted)]


async def _dossiers(council: Council, typed: str) -> list[str]:
    """Ids that begin so, or end so where all 8 characters are there; else by the question."""
    begun = typed.strip().lower()
    latest = [_LATEST] if _LATEST.startswith(begun) else []
    heads = await council.heads(MOST + 1, f"{begun}{_AFTER_HEX}" if begun else None)
    by_id = [each.dossier_id for each in heads if each.dossier_id.startswith(begun)]
    if by_id:
        return [*latest, *by_id]
    return list(
        dict.fromkeys([*latest, *await _ending(council, begun), *await _about(council, typed)])
    )


async def _ending(council: Council, typed: str) -> list[str]:
    try:
        return [(await council.dossier(typed)).dossier_id] if typed else []
    except CallerError:  # it names none, or several: what was typed is no name yet
        return []


async def _about(council: Council, typed: str) -> list[str]:
    try:
        found = await council.search(search_for(typed), MOST + 1)
    except CallerError:  # no word in it that could be looked for
        return []
    return [find.head.dossier_id for find in found.finds]


async def _questions(council: Council, typed: str) -> list[str]:
    """Questions that were put before, of those that begin so: to read before asking again."""
    if typed.strip():
        try:
            found = await council.search(search_for(typed), 5 * MOST)
        except CallerError:  # no word in it that could be looked for
            return []
        heads = [find.head for find in found.finds]
    else:
        heads = list(await council.heads(MOST))
    return _beginning(typed, list(dict.fromkeys(head.question for head in heads)))
