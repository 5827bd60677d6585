"""Core: the form in which numbered statements are sorted into groups of one meaning."""

from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.forms.reading import BrokenJson, json_objects, without_thoughts


@dataclass(frozen=True)
class GroupingForm:
    """The form in which numbered statements are sorted into groups of one meaning.

    Statements ``1..established`` are known to differ from each other; ``count`` is the
    number of all statements.
    """

    count: int
    established: int = 0
    name: str = "grouping"

    def json_schema(self) -> dict[str, JsonValue]:
        group: dict[str, JsonValue] = {"type": "array", "items": {"type": "integer"}}
        return {
            "type": "object",
            "properties": {"groups": {"type": "array", "items": group}},
            "required": ["groups"],
            "additionalProperties": False,
        }

    def instructions(self) -> str:
        return (
            'Reply with one JSON object and nothing else: {"groups": [[...], ...]}, '
            f"in which each number from 1 to {self.count} stands exactly once."
        )

    def fault(self, text: str) -> str | None:
        groups = self.read(text)
        return groups if isinstance(groups, str) else None

    def read(self, text: str) -> tuple[tuple[int, ...], ...] | str:
        """The groups of numbers, a partition of ``1..count``; or what is wrong, in words."""
        try:
            objects, _ = json_objects(without_thoughts(text))
        except BrokenJson as broken:
            return str(broken)
        found = [each["groups"] for each in objects if "groups" in each]
        if len(found) != 1:
            return 'it must hold exactly one JSON object with the key "groups".'
        groups = _integer_lists(found[0])
        if groups is None:
            return '"groups" must be a list of lists of whole numbers.'
        if sorted(n for group in groups for n in group) != list(range(1, self.count + 1)):
            return f"each number from 1 to {self.count} must stand in exactly one group."
        for group in groups:
            together = [n for n in group if n <= self.established]
            if len(together) > 1:
                return f"{' and '.join(map(str, together))} are known to differ in meaning."
        return groups


def _integer_lists(value: JsonValue) -> tuple[tuple[int, ...], ...] | None:
    if not isinstance(value, list):
        return None
    groups: list[tuple[int, ...]] = []
    for group in value:
        if not isinstance(group, list):
            return None
        numbers = [n for n in group if isinstance(n, int) and not isinstance(n, bool)]
        if len(numbers) != len(group) or not numbers:
            return None
        groups.append(tuple(numbers))
    return tuple(groups)
