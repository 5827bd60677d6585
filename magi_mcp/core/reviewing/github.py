"""Core: a review as the body of a request to GitHub's API for pull request reviews.

Comments are made where GitHub takes them: at lines of the new file that its diff shows. All else
stands in the body. Nothing is sent from here.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from magi_mcp.core.markup import escaped, inline
from magi_mcp.core.reviewing.case import ReviewCase
from magi_mcp.core.reviewing.decision import Finding, FindingRecord
from magi_mcp.core.reviewing.headline import behind, found, how, where
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.reviewing.standing import Assessment
from magi_mcp.core.words import sentence_case

Json = dict[str, JsonValue]

_EVENTS: Mapping[Assessment, str] = {
    "approve": "APPROVE",
    "request_changes": "REQUEST_CHANGES",
    "comment": "COMMENT",
}


def github_review(case: ReviewCase, review: Review, records: Sequence[FindingRecord]) -> Json:
    """``event``, ``body`` and ``comments``, as the API takes them.

    Refuted findings and those that stand nowhere are told in the body alone. A review that is
    provisional approves nothing.
    """
    commented = [each for each in records if _can_be_commented(case, each.finding)]
    rest = [each.finding for each in records if each not in commented]
    event = "COMMENT" if review.assessment is None else _EVENTS[review.assessment]
    if review.provisional and event == "APPROVE":
        event = "COMMENT"
    comments: list[JsonValue] = [_comment(each) for each in commented]
    return {"event": event, "body": _body(review, rest), "comments": comments}


def _can_be_commented(case: ReviewCase, finding: Finding) -> bool:
    if finding.standing not in ("confirmed", "disputed") or finding.line_start is None:
        return False
    wanted = {finding.line_start, finding.line_end or finding.line_start}
    return any(
        wanted <= {*hunk.new_lines}
        for file in case.files
        if file.path == finding.file
        for hunk in file.hunks
    )


def _comment(record: FindingRecord) -> Json:
    finding, change = record.finding, record.replacement
    lines = [
        f"**{escaped(finding.title)}** ({finding.severity}, {finding.standing}: {behind(finding)})",
        "",
        escaped(finding.explanation),
    ]
    if change is not None:
        code = "\n".join(change.after)
        fence = "`" * max(3, _longest_run(code) + 1)
        lines += ["", f"{fence}suggestion", code, fence]
    end = finding.line_end or finding.line_start
    told: Json = {
        "path": finding.file,
        "line": end,
        "side": "RIGHT",
        "body": "\n".join(lines),
    }
    if finding.line_start != end:
        told |= {"start_line": finding.line_start, "start_side": "RIGHT"}
    return told


def _body(review: Review, rest: Sequence[Finding]) -> str:
    mark = "Provisional: " if review.provisional else ""
    lines = [f"{mark}{sentence_case(found(review) or review.status)} ({how(review)})."]
    for finding in rest:
        told = f"{finding.standing}, {finding.severity}: {escaped(where(finding))}"
        lines += ["", f"- {told}: {escaped(finding.title)} ({behind(finding)})"]
    if review.files_skipped:
        skipped = "; ".join(f"{each.file} ({each.why})" for each in review.files_skipped)
        lines += ["", f"Not read: {inline(skipped)}."]
    return "\n".join([*lines, "", f"{review.dossier_uri}"])


def _longest_run(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest
