"""Core: a review as SARIF 2.1.0, for code scanning services and editors.

Refuted findings are listed as suppressed, so that nothing is lost and nothing alarms; what stands
nowhere in the change is no result about it, and becomes a notification.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from magi_mcp.core.normal_form import normal_form
from magi_mcp.core.reviewing.claims import Severity
from magi_mcp.core.reviewing.decision import Finding, FindingRecord
from magi_mcp.core.reviewing.headline import behind
from magi_mcp.core.reviewing.result import Review
from magi_mcp.core.seeding import digest

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Mapping[Severity, str] = {"high": "error", "medium": "warning", "low": "note"}

Json = dict[str, JsonValue]


def sarif(review: Review, records: Sequence[FindingRecord], version: str) -> Json:
    """One run with a result for each finding; ``version`` is that of this program."""
    anchored = [each for each in records if each.finding.standing != "unanchored"]
    nowhere = [each for each in records if each.finding.standing == "unanchored"]
    rules = list(dict.fromkeys(_rule(each.finding) for each in anchored))
    notifications: list[JsonValue] = [
        {
            "level": "note",
            "message": {
                "text": f"Quotes nothing of the change: {each.finding.file}: {each.finding.title}"
            },
        }
        for each in nowhere
    ]
    skipped: list[JsonValue] = [
        {"level": "note", "message": {"text": f"Not read: {each.file} ({each.why})"}}
        for each in review.files_skipped
    ]
    run: Json = {
        "tool": {
            "driver": {
                "name": "magi-mcp",
                "version": version,
                "rules": [{"id": rule, "name": rule} for rule in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": review.status == "decided",
                "toolExecutionNotifications": [*notifications, *skipped],
            }
        ],
        "automationDetails": {"id": "magi-mcp/review/", "guid": review.dossier_id},
        "results": [_result(each, rules) for each in anchored],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(record: FindingRecord, rules: Sequence[str]) -> Json:
    finding = record.finding
    rule = _rule(finding)
    told: Json = {
        "ruleId": rule,
        "ruleIndex": rules.index(rule),
        "level": _LEVELS[finding.severity] if finding.standing == "confirmed" else "note",
        "kind": "fail" if finding.standing == "confirmed" else "review",
        "message": {
            "text": f"{finding.title}\n\n{finding.explanation}\n\n"
            f"{finding.standing.capitalize()}: {behind(finding)}."
        },
        "locations": [_location(finding)],
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
        "properties": {
            "id": finding.id,
            "standing": finding.standing,
            "severity": finding.severity,
            "raisedBy": list(finding.raised_by),
            "supportedBy": list(finding.supported_by),
            "refutedBy": list(finding.refuted_by),
        },
    }
    if told["kind"] != "fail":
        told["level"] = "none"  # the standard has no other level for what did not fail
    if finding.standing == "refuted":
        told["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": behind(finding)}
        ]
    if record.replacement is not None:
        told["fixes"] = [_fix(record)]
    return told


def _location(finding: Finding) -> Json:
    physical: Json = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line_start is not None:
        physical["region"] = {
            "startLine": finding.line_start,
            "endLine": finding.line_end or finding.line_start,
            "snippet": {"text": finding.quote},
        }
    return {"physicalLocation": physical}


def _fix(record: FindingRecord) -> Json:
    change = record.replacement
    assert change is not None, "only what can be replaced has a fix"
    return {
        "description": {"text": "Suggested by the council; not applied."},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": _uri(change.file)},
                "replacements": [
                    {
                        "deletedRegion": {
                            "startLine": change.start,
                            "startColumn": 1,
                            "endLine": change.end,
                            "endColumn": len(change.before[-1]) + 1,
                        },
                        "insertedContent": {"text": "\n".join(change.after)},
                    }
                ],
            }
        ],
    }


def _rule(finding: Finding) -> str:
    return "-".join(normal_form(finding.category).split()) or "unspecified"


def _fingerprint(finding: Finding) -> str:
    """The same for the same words at the same code, wherever that code has moved."""
    return digest(finding.file, " ".join(finding.quote.split()), normal_form(finding.title))


def _uri(path: str) -> str:
    """A path as a relative reference: what a reference cannot hold stands as per cent codes."""
    kept = "-._~/!$&'()*+,;=@"
    return "".join(
        c if c.isascii() and (c.isalnum() or c in kept) else _escaped(c) for c in path
    ).removeprefix("/")


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
