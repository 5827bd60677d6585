"""Settings: tables as TOML gives them, nested dicts and lists, walked without knowing a key.

Pure. It must not know what any key means.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from magi_mcp.toml_lines import KeyPath

Table: TypeAlias = dict[str, object]
"""The keys of one table."""


def key_paths(value: object, at: KeyPath = ()) -> Iterator[KeyPath]:
    """The path of every key within `value`, which stands at `at`."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield (*at, key)
            yield from key_paths(child, (*at, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from key_paths(child, (*at, index))


def without(paths: frozenset[KeyPath], table: Table, at: KeyPath = ()) -> Table:
    """The table, which stands at `at`, without the keys at `paths`."""
    kept: Table = {}
    for key, value in table.items():
        path = (*at, key)
        if path in paths:
            continue
        if isinstance(value, dict):
            kept[key] = without(paths, value, path)
        elif isinstance(value, list):
            kept[key] = [
                without(paths, child, (*path, index)) if isinstance(child, dict) else child
                for index, child in enumerate(value)
            ]
        else:
            kept[key] = value
    return kept


def merged(tables: Iterable[Table]) -> Table:
    """The tables as one, key by key, also of the tables within; the first that sets a key wins."""
    whole: Table = {}
    for table in tables:
        for key, value in table.items():
            first = whole.get(key)
            if isinstance(first, dict) and isinstance(value, dict):
                whole[key] = merged((first, value))
            else:
                whole.setdefault(key, value)
    return whole


def nested(settings: Mapping[tuple[str, ...], object]) -> Table:
    """The table that holds each value under its name: one key, or a section and a key."""
    values: Table = {}
    sections: dict[str, Table] = {}
    for (*section, key), value in settings.items():
        table = sections.setdefault(section[0], {}) if section else values
        table[key] = value
    return {**values, **sections}
