"""Cursors: what was not given is refused, though its check be right."""

import base64

import pytest

from magi_mcp.core.cursors import Value, cursor_of, cursor_values
from magi_mcp.core.errors import CallerError
from magi_mcp.core.seeding import digest

KINDS = (int, str)


def test_a_cursor_gives_back_what_it_was_made_of() -> None:
    assert cursor_values("search", cursor_of("search", 3, "id"), KINDS) == [3, "id"]


@pytest.mark.parametrize(
    "values",
    [(), (1,), (1, "id", 2), ("x", "id"), (None, "id"), (True, "id"), (2.5, "id"), (2**64, "id")],
)
def test_other_values_are_refused_with_the_right_check_too(values: tuple[Value, ...]) -> None:
    with pytest.raises(CallerError, match="was not given for this"):
        cursor_values("search", cursor_of("search", *values), KINDS)


@pytest.mark.parametrize("body", ["", "{}", "[1", "[" * 100_000, f"[{'9' * 5_000}]", "7"])
def test_what_is_no_list_is_refused_with_the_right_check_too(body: str) -> None:
    check = digest("cursor", "search", body).removeprefix("sha256:")[:8]
    cursor = base64.urlsafe_b64encode(f"{check}{body}".encode()).decode().rstrip("=")
    with pytest.raises(CallerError, match="was not given for this"):
        cursor_values("search", cursor, KINDS)
