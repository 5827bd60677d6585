"""What holds of every review: places exist, nothing is lost, order decides nothing but numbers."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.reviewing.change import Change, ChangedFile, Hunk
from magi_mcp.core.reviewing.decision import Finding
from magi_mcp.core.reviewing.parts import cut
from tests.properties.search import examples
from tests.reviewing.scenes import Reviewer, Said, a_review, reviewed

WORDS = ("alpha", "beta", "gamma", "delta", "return x", "if y:", "")
SEATS = ("ada", "ben", "cleo")
FILES = ("a.py", "b.py")
TITLES = ("Wrong sum", "No check", "Lost update", "Leak")


@st.composite
def hunks(draw: st.DrawFn) -> tuple[Hunk, ...]:
    made = []
    old = new = 1
    for _ in range(draw(st.integers(1, 3))):
        old += draw(st.integers(0, 9))
        new += draw(st.integers(0, 9))
        marked = st.tuples(st.sampled_from("+- "), st.sampled_from(WORDS))
        body = tuple(
            f"{mark}{text}" for mark, text in draw(st.lists(marked, min_size=1, max_size=8))
        )
        hunk = Hunk(old_start=old, new_start=new, body=body)
        made.append(hunk)
        old += sum(each[0] != "+" for each in body)
        new = hunk.new_lines.stop
    return tuple(made)


changes = st.tuples(hunks(), hunks()).map(
    lambda both: Change(
        scope="a change",
        files=tuple(
            ChangedFile(path=path, change="modified", hunks=each)
            for path, each in zip(FILES, both, strict=True)
        ),
    )
)
quotes = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map("\n".join)
sayings = st.builds(
    Said,
    file=st.sampled_from(FILES),
    quote=quotes.filter(str.strip),
    title=st.sampled_from(TITLES),
    severity=st.sampled_from(("high", "medium", "low")),
    line=st.integers(1, 40),
)
finds = st.tuples(*[st.lists(sayings, max_size=4) for _ in SEATS])
opinions = st.tuples(*[st.sets(st.sampled_from(TITLES)) for _ in SEATS])


def review_of(
    change: Change,
    found: Sequence[Sequence[Said]],
    held: Sequence[set[str]],
    order: Sequence[int] = (0, 1, 2),
) -> list[Finding]:
    """The findings of a review; ``order`` is that of the seats."""
    reviewers = {
        seat: Reviewer(finds=each, holds=titles)
        for seat, each, titles in zip(SEATS, found, held, strict=True)
    }
    models = {"ada": "openai/gpt-x", "ben": "deepseek/deepseek-x", "cleo": "gemini/gemini-x"}
    seats = [SEATS[place] for place in order]
    case = a_review(change, seats=seats, models=[models[seat] for seat in seats])
    course = reviewed(case, reviewers, same=[{"Wrong sum", "No check"}])
    return [record.finding for record in course.decision.records]


@examples(30)
@given(changes, finds, opinions)
def test_the_lines_of_every_anchored_finding_are_in_the_new_file(
    change: Change, found: Sequence[Sequence[Said]], held: Sequence[set[str]]
) -> None:
    shown = {
        file.path: {
            number
            for hunk in file.hunks
            for number in range(hunk.new_start - 1, hunk.new_lines.stop)
            if number >= 1
        }
        for file in change.files
    }
    for finding in review_of(change, found, held):
        if finding.standing == "unanchored":
            continue
        if finding.line_start is not None and finding.line_end is not None:
            assert finding.line_start <= finding.line_end
            assert {finding.line_start, finding.line_end} <= shown[finding.file]


@examples(30)
@given(changes, finds, opinions)
def test_no_finding_is_lost_and_none_is_counted_twice(
    change: Change, found: Sequence[Sequence[Said]], held: Sequence[set[str]]
) -> None:
    reviewers = {
        seat: Reviewer(finds=each, holds=titles)
        for seat, each, titles in zip(SEATS, found, held, strict=True)
    }
    course = reviewed(a_review(change), reviewers, same=[{"Wrong sum", "No check"}])
    kept = sorted(
        (member.seat, member.claim.title, member.claim.quote)
        for record in course.decision.records
        for member in record.members
    )
    said = sorted(
        (seat, each.title, each.quote.strip("\r\n"))
        for seat, sayings_of in zip(SEATS, found, strict=True)
        for each in sayings_of
    )
    assert kept == said
    for record in course.decision.records:
        finding = record.finding
        parties = (*finding.raised_by, *finding.supported_by, *finding.refuted_by)
        assert len(parties) == len(set(parties))


@examples(30)
@given(changes, finds, opinions, st.permutations([0, 1, 2]), st.randoms(use_true_random=False))
def test_the_order_of_seats_and_of_findings_changes_nothing_but_numbers(
    change: Change,
    found: Sequence[Sequence[Said]],
    held: Sequence[set[str]],
    order: Sequence[int],
    random: Random,
) -> None:
    mixed = [random.sample(list(each), len(each)) for each in found]

    def essence(findings: Sequence[Finding]) -> Sequence[object]:
        return sorted(
            (
                finding.file, finding.line_start or 0, finding.title, finding.severity,
                finding.standing, sorted(finding.raised_by), sorted(finding.supported_by),
                sorted(finding.refuted_by), finding.quote,
            )
            for finding in findings
        )  # fmt: skip

    assert essence(review_of(change, mixed, held, order)) == essence(review_of(change, found, held))


@examples(60)
@given(changes, st.integers(20, 400))
def test_cutting_a_change_loses_no_line_and_no_number(change: Change, tokens: int) -> None:
    parts, left_out = cut(change.files, tokens, most=1_000)
    assert left_out == ()

    def lines(files: Sequence[ChangedFile]) -> list[object]:
        return [(file.path, line) for file in files for hunk in file.hunks for line in hunk.lines]

    assert lines([file for part in parts for file in part]) == lines(change.files)
