"""The small set: four languages, planted defects and clean controls, a council on command."""

import pytest

from magi_mcp.core.reviewing.decision import Finding
from tests.reviewing.scenes import Reviewer, Said, a_review, planted, reviewed

INJECTION = Said(
    file="py/orders.py",
    quote="f\"SELECT number, customer, total_cents FROM orders WHERE customer = '{customer}'\"",
    title="SQL injection through the customer's name",
    line=24,
    category="security",
    suggestion='"SELECT number, customer, total_cents FROM orders WHERE customer = ?", (customer,)',
)
ROUNDED_DOWN = Said(
    file="py/orders.py",
    quote="    return orders // per_page",
    title="The last page is lost",
    severity="medium",
    line=40,
    suggestion="return -(-orders // per_page)",
)
UNAWAITED = Said(
    file="js/session.js", quote="  revoke(token);", title="The revocation is not awaited", line=3
)
UNLOCKED = Said(
    file="go/cache.go", quote="\tc.values[key] = value", title="Written without the lock", line=26
)
LOCKED_FOR_EVER = Said(
    file="go/cache.go",
    quote="\tc.mu.Lock()\n\treturn len(c.values)",
    title="The lock is never released",
    line=30,
)
IDENTITY = Said(
    file="java/Account.java",
    quote="return owner == name;",
    title="Strings compared by identity",
    severity="medium",
    line=28,
)
UNSYNCHRONISED = Said(
    file="java/Account.java",
    quote="    public void withdraw(long amount) {",
    title="Withdrawals are not synchronised",
    line=19,
)
TRUE = (INJECTION, ROUNDED_DOWN, UNAWAITED, UNLOCKED, LOCKED_FOR_EVER, IDENTITY, UNSYNCHRONISED)
TITLES = [each.title for each in TRUE]
MADE_UP = Said(
    file="go/cache.go", quote="\tdelete(c.values, key)", title="Deletes what is read", line=5
)
FALSE_ALARM = Said(
    file="py/report.py",
    quote="    return max(values) - min(values)",
    title="Fails for an empty list",
    line=11,
)

EXPECTED = {
    INJECTION.title: (27, 27),
    ROUNDED_DOWN.title: (40, 40),
    UNAWAITED.title: (17, 17),
    UNLOCKED.title: (26, 26),
    LOCKED_FOR_EVER.title: (31, 32),
    IDENTITY.title: (27, 27),
    UNSYNCHRONISED.title: (19, 19),
}
EVERYTHING = [
    f"{language}-{what}" for language in ("py", "js", "go", "java") for what in ("planted", "clean")
]


def test_what_two_find_and_the_third_confirms_is_confirmed_at_its_very_lines() -> None:
    case = a_review(planted(*EVERYTHING))
    course = reviewed(
        case,
        {
            "ada": Reviewer(finds=TRUE, holds=TITLES),
            "ben": Reviewer(finds=TRUE, holds=TITLES),
            "cleo": Reviewer(finds=(MADE_UP, FALSE_ALARM), holds=TITLES),
        },
    )
    findings = course.findings
    assert {title: lines(findings[title]) for title in TITLES} == EXPECTED
    assert {findings[title].standing for title in TITLES} == {"confirmed"}
    assert {findings[title].raised_by for title in TITLES} == {("ada", "ben")}
    assert {findings[title].supported_by for title in TITLES} == {("cleo",)}
    assert findings[MADE_UP.title].standing == "unanchored"
    assert findings[FALSE_ALARM.title].standing == "refuted"
    assert findings[FALSE_ALARM.title].refuted_by == ("ada", "ben")
    assert len(findings) == len(TRUE) + 2
    assert course.decision.assessment == "request_changes"
    assert not course.decision.degraded
    assert not course.decision.provisional


@pytest.mark.parametrize("missing", TRUE, ids=lambda each: each.title)
def test_a_defect_that_all_but_one_miss_is_confirmed_where_another_sees_it_too(
    missing: Said,
) -> None:
    course = reviewed(
        a_review(planted(*EVERYTHING)),
        {
            "ada": Reviewer(finds=[missing], holds=TITLES),
            "ben": Reviewer(holds=TITLES),
            "cleo": Reviewer(unsure=TITLES),
        },
    )
    (finding,) = course.findings.values()
    assert finding.standing == "confirmed"
    assert (finding.raised_by, finding.supported_by) == (("ada",), ("ben",))


def test_a_hallucinated_defect_is_examined_by_nobody() -> None:
    course = reviewed(
        a_review(planted("go-planted")),
        {"ada": Reviewer(finds=[MADE_UP]), "ben": Reviewer(), "cleo": Reviewer()},
    )
    (finding,) = course.findings.values()
    assert finding.standing == "unanchored"
    assert course.asked("examination") == []
    assert course.decision.assessment == "approve"
    assert course.decision.rounds == 1


def test_a_defect_in_a_file_that_is_not_there_is_unanchored() -> None:
    nowhere = MADE_UP.but(file="nowhere/at.all")
    course = reviewed(
        a_review(planted("go-planted")),
        {"ada": Reviewer(finds=[nowhere]), "ben": Reviewer(), "cleo": Reviewer()},
    )
    assert [each.standing for each in course.findings.values()] == ["unanchored"]


@pytest.mark.parametrize("language", ["py", "js", "go", "java"])
def test_a_clean_control_in_which_nobody_finds_anything_is_approved(language: str) -> None:
    course = reviewed(
        a_review(planted(f"{language}-clean")),
        {"ada": Reviewer(), "ben": Reviewer(), "cleo": Reviewer()},
    )
    assert course.decision.assessment == "approve"
    assert course.decision.records == ()
    assert len(course.asks) == 3


def test_a_false_alarm_on_a_clean_control_does_not_stop_it() -> None:
    course = reviewed(
        a_review(planted("py-clean")),
        {"ada": Reviewer(finds=[FALSE_ALARM]), "ben": Reviewer(), "cleo": Reviewer()},
    )
    assert course.findings[FALSE_ALARM.title].standing == "refuted"
    assert course.decision.assessment == "approve"
    (minority,) = course.decision.minority_report
    assert minority.seats == ("ada",)
    assert minority.argument == FALSE_ALARM.explanation


def test_a_confirmed_defect_below_the_bar_is_a_comment() -> None:
    reviewers = {
        "ada": Reviewer(finds=[ROUNDED_DOWN]),
        "ben": Reviewer(holds=TITLES),
        "cleo": Reviewer(holds=TITLES),
    }
    change = planted("py-planted")
    assert reviewed(a_review(change), reviewers).decision.assessment == "comment"
    strict = reviewed(a_review(change, fail_on="medium"), reviewers)
    assert strict.decision.assessment == "request_changes"


def test_a_suggestion_for_whole_lines_is_shown_as_a_patch_with_their_indentation() -> None:
    course = reviewed(
        a_review(planted("py-planted")),
        {"ada": Reviewer(finds=[ROUNDED_DOWN]), "ben": Reviewer(), "cleo": Reviewer()},
    )
    assert course.findings[ROUNDED_DOWN.title].suggestion == (
        "--- a/py/orders.py\n"
        "+++ b/py/orders.py\n"
        "@@ -40,1 +40,1 @@\n"
        "-    return orders // per_page\n"
        "+    return -(-orders // per_page)"
    )


def test_the_set_holds_no_more_than_its_planted_defects() -> None:
    change = planted(*EVERYTHING)
    assert {file.path.partition("/")[0] for file in change.files} == {"py", "js", "go", "java"}
    assert len(change.files) == 8
    assert change.skipped == ()


def lines(finding: Finding) -> tuple[int | None, int | None]:
    return finding.line_start, finding.line_end
