"""Core: the asks that a caller has to answer, as a result shows them.

They are shown with their words while there is room, and the others by name: their words are read
one by one.
"""

from collections.abc import Sequence

from pydantic import JsonValue

from magi_mcp.core.asks import Ask
from magi_mcp.core.details import Json, characters_of
from magi_mcp.core.dossier import Dossier
from magi_mcp.core.verdict import OpenAsk, Verdict

ANSWER_CHARS = 5_900
"""Characters of a standard answer at most, its object and its words together: 1,500 tokens."""

_WORDS = ("system", "prompt")


def summons(dossier: Dossier, asks: Sequence[Ask]) -> tuple[OpenAsk, ...]:
    """The asks of the open round that nobody has answered, with their words as far as ``asks`` go.

    Its seats are told by their own names: the caller has to play them.
    """
    words = {ask.ask_id: ask for ask in asks}
    record = dossier.rounds[-1]
    shown = []
    for seat in record.unheard:
        ask = words.get(ask_id := f"{record.round_id}/{seat}")
        system, prompt = (ask.system, ask.prompt) if ask else (None, None)
        shown.append(OpenAsk(ask_id=ask_id, seat=seat, system=system, prompt=prompt))
    return tuple(shown)


def how_to_play(name: str, asks: Sequence[OpenAsk]) -> str:
    """What a caller has to do next, where ``name`` is the short name of its dossier."""
    first = asks[0].ask_id
    return (
        "Answer each ask by itself, in a context that sees nothing else, better by different "
        f'models; its words: asks, or get_dossier("{name}", ask_id="{first}"). Then '
        f'submit_replies("{name}", replies=[{{"ask_id": "{first}", "text": "...", "model": "..."}}]'
        "), all or some. There is no verdict yet: do not answer in its place."
    )


def within_reach(verdict: Verdict, others: Json, text: str) -> Verdict:
    """The verdict with the words of as many of its first asks as a standard answer has room for.

    ``others`` is its object without asks, ``text`` what is told beside it.
    """
    asks = list(verdict.asks or ())
    stubs = [_without_words(ask) for ask in asks]
    room = ANSWER_CHARS - len(text) - characters_of(others)
    for number in range(len(asks), -1, -1):
        shown = [*asks[:number], *stubs[number:]]
        listed: list[JsonValue] = [ask.model_dump(mode="json") for ask in shown]
        if not number or characters_of(listed) <= room:
            return verdict.model_copy(update={"asks": tuple(shown)})
    return verdict


def in_brief(asks: Sequence[OpenAsk]) -> tuple[OpenAsk, ...]:
    """The asks by name alone."""
    return tuple(map(_without_words, asks))


def shown_in(shown: Json, asks: Sequence[OpenAsk]) -> Json:
    """A result with these asks in it, and with the words that they lack named as left out."""
    listed: list[JsonValue] = []
    for ask in asks:
        words = ask.model_dump(mode="json")
        listed.append({key: value for key, value in words.items() if value is not None})
    told = sum(ask.prompt is not None for ask in asks)
    lacking = [f"asks[{told}:].{key}" for key in _WORDS] if told < len(asks) else []
    omitted = shown["omitted"]
    assert isinstance(omitted, list), "it is a list of names"
    return shown | {"asks": listed, "omitted": [*omitted, *lacking]}


def _without_words(ask: OpenAsk) -> OpenAsk:
    return ask.model_copy(update=dict.fromkeys(_WORDS))
