"""`path:10-80`, read without mistaking what belongs to the path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.errors import CallerError
from magi_mcp.documents.ranges import Lines, check_range, split_range

NUMBERS = st.integers(min_value=0, max_value=999_999_999)


@pytest.mark.parametrize(
    ("given_path", "path", "lines"),
    [
        ("a.py", "a.py", None),
        ("a.py:10-80", "a.py", Lines(10, 80)),
        ("a.py:10", "a.py", Lines(10, 10)),
        ("a.py:10-", "a.py", Lines(10, None)),
        ("C:\\x.md", "C:\\x.md", None),
        ("C:\\x.md:10-80", "C:\\x.md", Lines(10, 80)),
        ("C:/x.md:7", "C:/x.md", Lines(7, 7)),
        ("a:1-2:3-4", "a:1-2", Lines(3, 4)),
        ("a.py:-3", "a.py:-3", None),
        ("a.py:", "a.py:", None),
        (":10", ":10", None),
        ("a.py:1-2-3", "a.py:1-2-3", None),
        ("a.py:\u0661", "a.py:\u0661", None),
        ("a.py: 1", "a.py: 1", None),
        (f"a.py:{'9' * 5000}", f"a.py:{'9' * 5000}", None),
    ],
)
def test_a_path_and_its_lines_are_told_apart(
    given_path: str, path: str, lines: Lines | None
) -> None:
    assert split_range(given_path) == (path, lines)


@given(path=st.text(min_size=1), first=NUMBERS, last=NUMBERS)
def test_whatever_the_path_its_lines_are_those_behind_the_last_colon(
    path: str, first: int, last: int
) -> None:
    assert split_range(f"{path}:{first}-{last}") == (path, Lines(first, last))
    assert split_range(f"{path}:{first}-") == (path, Lines(first, None))
    assert split_range(f"{path}:{first}") == (path, Lines(first, first))


@given(text=st.text())
def test_no_text_breaks_the_reading_and_nothing_of_the_path_is_lost(text: str) -> None:
    path, lines = split_range(text)
    assert text.startswith(path)
    assert (lines is None) == (path == text)


@given(first=NUMBERS, last=st.none() | NUMBERS, count=st.integers(min_value=0, max_value=200))
def test_lines_are_taken_if_and_only_if_the_file_has_them(
    first: int, last: int | None, count: int
) -> None:
    there = 1 <= first <= (first if last is None else last) <= count
    try:
        check_range("files", "a", Lines(first, last), count)
    except CallerError:
        assert not there
    else:
        assert there


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (Lines(0, 3), "files: 'a.py': lines count from 1."),
        (Lines(9, 3), "files: 'a.py': line 3 stands before line 9; write the smaller number first"),
        (Lines(3, 9), "files: 'a.py': the file has 8 lines."),
        (Lines(9, None), "files: 'a.py': the file has 8 lines."),
    ],
)
def test_lines_that_are_not_there_are_refused_with_what_is(lines: Lines, told: str) -> None:
    with pytest.raises(CallerError) as refused:
        check_range("files", "a.py", lines, 8)
    assert str(refused.value).startswith(told)
