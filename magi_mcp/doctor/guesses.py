"""Doctor: the valid models nearest to one that leads nowhere. Pure; knows no provider."""

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher, get_close_matches

from magi_mcp.core.families import family_of

MAX_GUESSES = 3

_ALIKE = 0.6
"""The similarity, as difflib measures it, below which a guess would only mislead."""

_JUST_AS_GOOD = 0.07
"""How much less alike than the best a guess may be to stand beside it."""

_OWN_PROVIDERS = {"google": "gemini"}
"""The makers of models whose provider has another name than their family."""


def guesses(model: str, known: Sequence[str]) -> tuple[str, ...]:
    """Of the ``known`` model strings those that ``model`` was probably meant to be, best first.

    A provider that is merely misspelt is mended even where the model behind it is not known:
    providers offer more than anybody lists. A model without a provider may be anybody's.
    """
    provider, _, name = model.partition("/") if "/" in model else ("", "", model)
    providers = {each.partition("/")[0] for each in known}
    if provider not in providers:
        meant = get_close_matches(provider.casefold(), providers, n=1, cutoff=_ALIKE)
        if not meant:
            return _at_home(_nearest(name, known))
        provider = meant[0]
    theirs = [each for each in known if each.startswith(f"{provider}/")]
    near = _nearest(name, theirs)
    renamed = f"{provider}/{name}"
    return near[:MAX_GUESSES] or (() if renamed == model else (renamed,))


def _at_home(models: Sequence[str]) -> tuple[str, ...]:
    """Of models of any provider those that their makers offer, if there are any."""
    homes = [model for model in models if _provider_of(model) == _home(model)]
    return tuple(homes or models)[:MAX_GUESSES]


def _provider_of(model: str) -> str:
    return model.partition("/")[0]


def _home(model: str) -> str | None:
    family = family_of(model)
    return _OWN_PROVIDERS.get(family, family) if family else None


def _nearest(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Those whose names are most alike, whatever the case and the provider before them."""
    wanted = SequenceMatcher(b=name.casefold())  # of the second text it keeps what it worked out
    alike: dict[str, float] = {}
    for each in known:
        wanted.set_seq1(each.partition("/")[2].casefold())
        if wanted.real_quick_ratio() >= _ALIKE and wanted.quick_ratio() >= _ALIKE:
            alike[each] = wanted.ratio()
    best = max(alike.values(), default=0.0)
    near = [each for each, ratio in alike.items() if ratio >= max(_ALIKE, best - _JUST_AS_GOOD)]
    return tuple(sorted(near, key=lambda each: (-alike[each], len(each))))
