"""The Retry-After header: seconds, dates, and what providers send in place of either."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.seats.retry_after import retry_after_s

NOW = 1_000_000_000.0
"""2001-09-09 01:46:40 UTC"""


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        ("0", 0.0),
        ("1", 1.0),
        (" 30 ", 30.0),
        ("1.5", 1.5),
        ("+2", 2.0),
        ("-3", 0.0),
        ("Sun, 09 Sep 2001 01:46:42 GMT", 2.0),
        ("Sunday, 09-Sep-01 01:46:42 GMT", 2.0),
        ("Sun Sep  9 01:46:42 2001", 2.0),
        ("Sun, 09 Sep 2001 03:46:42 +0200", 2.0),
        ("Sun, 09 Sep 2001 01:46:42 -0000", 2.0),
        ("Sun, 09 Sep 2001 01:46:39 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
    ],
)
def test_seconds_and_dates_are_told_in_seconds_from_now(header: str, wait_s: float) -> None:
    assert retry_after_s(header, NOW) == wait_s


@pytest.mark.parametrize(
    "header",
    [None, "", "  ", "soon", "nan", "inf", "1e9", "0x10", "1 s", "1,5", "99999999999", "GMT",
     "Sun, 99 Sep 2001 01:46:42 GMT", "Sun, 09 Sep 2001 99:46:42 GMT",
     "Sun, 09 Sep 99999 01:46:42 GMT", "\u0663"],
)  # fmt: skip
def test_what_makes_no_sense_is_as_good_as_nothing(header: str | None) -> None:
    assert retry_after_s(header, NOW) is None


@given(st.one_of(st.text(), st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,6} [\d:]{1,8} \w{0,5}")))
def test_no_header_breaks_anything_or_asks_for_time_in_the_past(header: str) -> None:
    wait_s = retry_after_s(header, NOW)
    assert wait_s is None or 0 <= wait_s < float("inf")
