"""Core: blinding. Peers read arguments under names that say nothing and change each round.

Semantics R12: pseudonyms are new in each round, the order is shuffled, persona names and the
reader's own answer are left out.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count, islice

from magi_mcp.core.seeding import draw, shuffled

# Words without rank, gender or order, so that no name suggests whom to believe. A round has
# its own slice: four rounds of fifteen seats never meet the same name twice.
_NAMES = tuple(
    "Amber Anchor Aspen Basalt Beacon Birch Brook Canyon Cedar Clover Cobalt Comet Copper Coral "
    "Crane Delta Drift Ember Fern Flint Fjord Garnet Glade Granite Harbor Hazel Heron Indigo "
    "Island Ivory Jasper Juniper Kestrel Lagoon Larch Lichen Linden Marble Meadow Mesa Moss "
    "Nectar Oak Ochre Onyx Opal Orchid Pebble Pine Plume Prairie Quartz Raven Reed Ridge Saffron "
    "Sage Shale Sparrow Spruce Summit Tundra Velvet Willow".split()
)
_SLICE = 15
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Blinding:
    """The pseudonyms of one round: ``names`` by seat, in the order in which peers see them."""

    names: dict[str, str]

    def peers_of(self, reader: str) -> list[tuple[str, str]]:
        """(seat, pseudonym) of everyone but the reader, in the order shown."""
        return [(seat, name) for seat, name in self.names.items() if seat != reader]


def blinding(
    seed: str, round_number: int, seats: Iterable[str], *, spoken: Iterable[str] = ()
) -> Blinding:
    """Draw the pseudonyms and the order of the seats that speak in a round.

    No name is taken that occurs in ``spoken``, the texts that readers will see: it could
    not be told from the word itself, nor be replaced by the seat's name later. Where a
    round's own slice of names does not suffice, numbers that belong to the round help out.
    """
    said = "\n".join(spoken).casefold()
    words = set(_WORD.findall(said))
    pool = shuffled(_NAMES, seed, "pseudonyms", key=str)
    start = (round_number * _SLICE) % (len(pool) - len(pool) % _SLICE)
    free = [name for name in pool[start : start + _SLICE] if name.casefold() not in words]
    order = shuffled(seats, seed, "order", str(round_number), key=str)
    numbered = (f"Voice-{number}" for number in count(100 * round_number + 1))
    unspoken = (name for name in numbered if name.casefold() not in said)
    free += islice(unspoken, max(0, len(order) - len(free)))
    names = shuffled(free, seed, "names", str(round_number), key=str)
    return Blinding(dict(zip(order, names, strict=False)))


def nonce(seed: str, ask_id: str, *texts: str) -> str:
    """Twelve hexadecimal digits that occur in none of ``texts`` (semantics R11).

    They mark the ends of quoted material. They differ from ask to ask, so that what one
    round's reader learnt closes no fence in the next.
    """
    attempt = 0
    while True:
        marker = draw(seed, "nonce", ask_id, str(attempt))[:12]
        if not any(marker in text for text in texts):
            return marker
        attempt += 1
