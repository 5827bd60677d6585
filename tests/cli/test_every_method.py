"""Every method on the command line, its seats being models behind HTTP."""

from collections.abc import Iterator

import pytest

from magi_mcp.cli.app import run
from magi_mcp.core.case import METHODS, MethodName
from magi_mcp.core.verdict import Verdict
from tests.provider import Replies, running_provider
from tests.wire.cast import DRAFTED, OPTIONS, QUESTION, SEAT_STRINGS, cast

RULINGS = {
    "yes_no": "yes",
    "options": "Ship on Friday",
    "majority": "Ship on Friday",
    "consensus": DRAFTED,
    "compose": "1",
}
CALLS = {"yes_no": 6, "options": 6, "probability": 6, "consensus": 14, "compose": 12}
"""Two rounds each; the other methods group once and have one text written: 8."""


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MethodName]:
    """Each method, with the council that plays it in office."""
    chosen: MethodName = request.param
    replies: dict[str, Replies] = cast(chosen)
    with running_provider(replies) as provider:
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        monkeypatch.setenv("OPENAI_API_BASE", provider.base_url)
        monkeypatch.setenv("MAGI_SEATS", ",".join(SEAT_STRINGS))
        yield chosen


def test_every_method_is_decided_and_its_dossier_shown(
    method: MethodName, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [word for label in OPTIONS for word in ("--option", label)]
    words = ["ask", QUESTION, "--method", method, *(options if method == "options" else [])]
    assert run([*words, "--json"]) == 0
    verdict = Verdict.model_validate_json(capsys.readouterr().out)
    assert (verdict.method, verdict.protocol, verdict.status) == (method, "adaptive", "decided")
    assert (verdict.rounds, verdict.ruling) == (2, RULINGS.get(method))
    assert verdict.calls == CALLS.get(method, 8)
    assert run(["dossiers", "show", verdict.dossier_id]) == 0
    report = capsys.readouterr().out
    assert report.startswith(f"# {QUESTION}\n")
    assert f"{verdict.calls} calls" in report
