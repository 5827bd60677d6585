"""Doctor: the valid models nearest to one that leads nowhere. Pure; knows no provider."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

MAX_GUESSES = 3

_ALIKE = 0.6
"""The similarity, as difflib measures it, below which a guess would only mislead."""


def guesses(model: str, known: Sequence[str]) -> tuple[str, ...]:
    """Of the ``known`` model strings those that ``model`` was probably meant to be, best first.

    A provider that is merely misspelt is mended even where the model behind it is not known:
    providers offer more than anybody lists.
    """
    provider, slash, name = model.partition("/")
    providers = {each.partition("/")[0] for each in known}
    if slash and provider not in providers:
        meant = get_close_matches(provider.casefold(), providers, n=1, cutoff=_ALIKE)
        if meant:
            renamed = f"{meant[0]}/{name}"
            theirs = [each for each in known if each.startswith(f"{meant[0]}/")]
            return (renamed,) if renamed in theirs else _nearest(renamed, theirs) or (renamed,)
    return _nearest(model, known)


def _nearest(model: str, known: Collection[str]) -> tuple[str, ...]:
    """By spelling, whatever the case. One without a provider is held against the bare names."""
    spellings: dict[str, str] = {}
    for name in known:
        spellings.setdefault(name.casefold(), name)
        if "/" not in model:
            spellings.setdefault(name.partition("/")[2].casefold(), name)
    near = get_close_matches(model.casefold(), spellings, n=2 * MAX_GUESSES, cutoff=_ALIKE)
    found = dict.fromkeys(spellings[spelling] for spelling in near)
    return tuple(found)[:MAX_GUESSES]
