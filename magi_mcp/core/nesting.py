"""Core: how deep tables and lists stand in one another, found out without recursion.

What a stranger sent may be nested deeper than Python can recurse, and how deep that is depends
on who calls; a limit of one's own is the same for everybody.
"""

from collections.abc import Iterable


def is_deeper_than(depth: int, value: object) -> bool:
    """Whether anything in ``value`` stands below ``depth`` levels of tables and lists."""
    level = [value]
    for _ in range(depth):
        level = [child for each in level for child in _children(each)]
    return bool(level)


def _children(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()
