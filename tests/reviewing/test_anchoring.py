"""Where a quote stands: found by its words, whatever a reviewer says of line numbers."""

import pytest

from magi_mcp.core.reviewing.anchoring import place_of
from magi_mcp.core.reviewing.change import ChangedFile, Hunk
from magi_mcp.core.reviewing.claims import Claim, Place

HUNK = Hunk(
    old_start=10,
    new_start=12,
    body=(
        " def total(items):",
        "-    check(items)",
        "-    return sum(items)",
        "+    if not items:",
        "+        return 0",
        "+    return sum(i.price for i in items)",
        " ",
        " def last(items):",
        "     return items[-1]",
    ),
    before=("import prices",),
    after=("", "unseen = 1"),
)
AGAIN = Hunk(old_start=90, new_start=95, body=("+    if not items:", "+        return 0"))
FILE = ChangedFile(path="shop/totals.py", change="modified", hunks=(HUNK, AGAIN))


def claim(quote: str, *, file: str = "shop/totals.py", line: int | None = None) -> Claim:
    return Claim(
        file=file,
        line_start=line,
        line_end=line,
        severity="high",
        category="correctness",
        title="t",
        explanation="e",
        quote=quote,
    )


def at(start: int, end: int, *, exact: bool = True) -> Place:
    return Place(file="shop/totals.py", line_start=start, line_end=end, exact=exact)


def test_a_quoted_line_gives_its_number_whatever_number_was_claimed() -> None:
    found = place_of(claim("    return sum(i.price for i in items)", line=99), (FILE,))
    assert found == at(15, 15)


def test_several_lines_are_found_though_their_white_space_differs() -> None:
    assert place_of(claim("if not items:\n  return 0", line=12), (FILE,)) == at(13, 14)


def test_of_equal_lines_those_nearest_to_the_claimed_ones_are_meant() -> None:
    assert place_of(claim("if not items:", line=90), (FILE,)) == at(95, 95)
    assert place_of(claim("if not items:", line=20), (FILE,)) == at(13, 13)
    assert place_of(claim("if not items:"), (FILE,)) == at(13, 13)


@pytest.mark.parametrize(
    "quote",
    [
        "   13 |+     if not items:\n   14 |+         return 0",
        "+    if not items:\n+        return 0",
        "```python\nif not items:\n    return 0\n```",
        "\n    if not items:\r\n        return 0\n\n",
    ],
    ids=["as shown", "as a diff has it", "in a fence", "with line ends of another system"],
)
def test_what_was_copied_with_a_quote_does_not_hide_it(quote: str) -> None:
    assert place_of(claim(quote, line=13), (FILE,)) == at(13, 14)


def test_a_piece_of_a_line_is_found_and_replaces_no_whole_line() -> None:
    assert place_of(claim("i.price for i"), (FILE,)) == at(15, 15, exact=False)


def test_a_quote_whose_ends_are_cut_is_found() -> None:
    found = place_of(claim("items:\n        return 0\n    return sum(i"), (FILE,))
    assert found == at(13, 15, exact=False)


def test_too_short_a_piece_is_no_quote() -> None:
    assert place_of(claim("sum"), (FILE,)) is None


def test_a_removed_line_is_placed_where_its_successor_stands() -> None:
    assert place_of(claim("    check(items)"), (FILE,)) == at(13, 13, exact=False)


def test_removed_and_added_lines_quoted_together_are_placed_at_those_that_are_left() -> None:
    quote = "    return sum(items)\n    if not items:"
    assert place_of(claim(quote), (FILE,)) == at(13, 13, exact=False)


def test_lines_around_the_diff_are_no_part_of_it() -> None:
    assert place_of(claim("import prices"), (FILE,)) is None
    assert place_of(claim("unseen = 1"), (FILE,)) is None


def test_words_that_stand_nowhere_have_no_place() -> None:
    assert place_of(claim("return product(items)"), (FILE,)) is None


@pytest.mark.parametrize(
    "file", ["./shop/totals.py", "b/shop/totals.py", "totals.py", "`shop/totals.py`"]
)
def test_a_path_may_be_told_in_other_ways(file: str) -> None:
    assert place_of(claim("def last(items):", file=file), (FILE,)) == at(17, 17)


def test_a_path_that_two_files_end_in_is_neither() -> None:
    other = FILE.model_copy(update={"path": "office/totals.py"})
    assert place_of(claim("def last(items):", file="totals.py"), (FILE, other)) is None


def test_a_renamed_file_goes_by_its_old_name_too() -> None:
    renamed = FILE.model_copy(update={"change": "renamed", "old_path": "old/sums.py"})
    found = place_of(claim("def last(items):", file="old/sums.py"), (renamed,))
    assert found is not None
    assert found.file == "shop/totals.py"


def test_the_same_words_in_another_file_do_not_count() -> None:
    other = ChangedFile(path="other.py", change="modified", hunks=(HUNK,))
    bare = FILE.model_copy(update={"hunks": (AGAIN,)})
    assert place_of(claim("def last(items):"), (bare, other)) is None


def test_a_file_that_is_gone_has_no_lines_to_point_at() -> None:
    gone = ChangedFile(
        path="gone.py",
        change="deleted",
        hunks=(Hunk(old_start=1, new_start=1, body=("-check(user)",)),),
    )
    found = place_of(claim("check(user)", file="gone.py"), (gone,))
    assert found == Place(file="gone.py", line_start=None, line_end=None)


def test_lines_removed_at_the_end_are_placed_at_the_last_line_that_is_left() -> None:
    cut = ChangedFile(
        path="cut.py",
        change="modified",
        hunks=(Hunk(old_start=8, new_start=8, body=(" kept", "-gone")),),
    )
    found = place_of(claim("gone", file="cut.py"), (cut,))
    assert found == Place(file="cut.py", line_start=8, line_end=8)
