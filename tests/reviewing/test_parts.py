"""A change is cut into parts that can be read at once, and nothing is lost silently."""

from magi_mcp.core.reviewing.change import ChangedFile, Hunk
from magi_mcp.core.reviewing.layout import shown
from magi_mcp.core.reviewing.parts import (
    CHARS_PER_TOKEN,
    DEFAULT_WINDOW,
    LEAST_TOKENS,
    PART_TOKENS,
    cut,
    part_tokens,
)


def file(name: str, *sizes: int, start: int = 1) -> ChangedFile:
    """A file with hunks of so many added lines each."""
    hunks, line = [], start
    for size in sizes:
        body = tuple(f"+line {n} of {name}, which says something" for n in range(size))
        hunks.append(Hunk(old_start=line, new_start=line, body=body))
        line += size + 50
    return ChangedFile(path=name, change="modified", hunks=tuple(hunks))


def all_lines(parts: tuple[tuple[ChangedFile, ...], ...]) -> list[tuple[str, int | None, str]]:
    return [
        (f.path, line.new, line.text)
        for part in parts
        for f in part
        for hunk in f.hunks
        for line in hunk.lines
    ]


def test_small_files_share_a_part() -> None:
    files = (file("a", 3), file("b", 3), file("c", 3))
    parts, left_out = cut(files, 1_000)
    assert parts == (files,)
    assert left_out == ()


def test_a_file_goes_whole_into_the_next_part_where_it_does_not_fit_into_this_one() -> None:
    one, two = file("a", 30), file("b", 30)
    parts, _ = cut((one, two), len(shown((one,))) // CHARS_PER_TOKEN + 10)
    assert parts == ((one,), (two,))


def test_a_file_that_is_too_long_is_cut_between_its_hunks() -> None:
    long = file("a", 20, 20, 20)
    parts, _ = cut((long,), 400)
    assert len(parts) > 1
    assert [hunk for part in parts for f in part for hunk in f.hunks] == list(long.hunks)


def test_a_hunk_that_is_too_long_is_cut_between_its_lines_which_keep_their_numbers() -> None:
    long = file("a", 400)
    parts, left_out = cut((long,), 1_000)
    assert len(parts) > 2
    assert left_out == ()
    assert all_lines(parts) == all_lines(((long,),))
    assert all(len(shown(part)) <= 1_000 * CHARS_PER_TOKEN for part in parts)


def test_removed_lines_keep_their_old_numbers_when_a_hunk_is_cut() -> None:
    body = tuple(f"{mark}{'x' * 60} {n}" for n in range(100) for mark in ("-", "+", " "))
    whole = ChangedFile(
        path="a", change="modified", hunks=(Hunk(old_start=7, new_start=9, body=body),)
    )
    parts, _ = cut((whole,), 1_000)
    pieces = [line for part in parts for f in part for hunk in f.hunks for line in hunk.lines]
    assert pieces == list(whole.hunks[0].lines)


def test_what_is_over_the_budget_is_left_out_and_listed() -> None:
    parts, left_out = cut((file("a", 30), file("b", 400), file("c", 30)), 1_000, most=2)
    assert len(parts) == 2
    assert [each.file for each in left_out] == ["b", "c"]
    assert left_out[0].why.startswith(
        "its later hunks are left out: a review reads at most 2 parts"
    )
    assert left_out[1].why.startswith("left out: ")


def test_a_file_without_lines_is_in_a_part_all_the_same() -> None:
    moved = ChangedFile(path="b", change="renamed", old_path="a")
    assert cut((moved,), 1_000)[0] == ((moved,),)


def test_parts_fit_the_smallest_window_and_are_never_longer_than_can_be_read_well() -> None:
    assert part_tokens([200_000, 1_000_000]) == PART_TOKENS
    assert part_tokens([200_000, 16_000]) == 16_000 // 3
    assert part_tokens([200_000, None]) == DEFAULT_WINDOW // 3
    assert part_tokens([500]) == LEAST_TOKENS
