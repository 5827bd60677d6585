"""A verdict as people see it. Snapshots lie in ``snapshots/``: 80 columns, no colour.

After a wanted change, WRITE_SNAPSHOTS=1 writes them anew; read what it wrote.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from magi_mcp.cli.render import verdict_view
from magi_mcp.core.replies import Failed
from magi_mcp.core.verdict import Verdict
from tests.cli import verdicts
from tests.support.councils import ballot

SNAPSHOTS = Path(__file__).parent / "snapshots"


def printed(verdict: Verdict, width: int = 80, *, terminal: bool = False) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, force_terminal=terminal)
    console.print(verdict_view(verdict, reread=verdicts.REREAD))
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) + "\n"


@pytest.mark.parametrize(
    "case",
    [
        verdicts.decided,
        verdicts.tie,
        verdicts.doubtful,
        verdicts.failed,
        verdicts.unanimous,
        verdicts.estimate,
        verdicts.ranking,
        verdicts.synthesis,
        verdicts.overruled,
        verdicts.entrusted,
        verdicts.ratified,
        verdicts.unratified,
    ],
)
def test_a_verdict_looks_as_it_did(case: Callable[[], Verdict]) -> None:
    snapshot = SNAPSHOTS / f"{case.__name__}.txt"
    now = printed(case())
    if os.environ.get("WRITE_SNAPSHOTS"):
        snapshot.write_text(now, encoding="utf-8")
    assert now == snapshot.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = printed(verdicts.decided(), width).splitlines()
    assert max(map(len, lines)) <= width


def test_what_weakens_a_verdict_stands_above_its_reasons() -> None:
    text = printed(verdicts.doubtful())
    assert text.index("PROVISIONAL RULING") < text.index(" PROVISIONAL  ") < text.index("WHY")
    assert text.index(" DEGRADED ") < text.index("WHY")


def test_a_split_council_is_given_no_ruling() -> None:
    text = printed(verdicts.tie())
    assert "NO RULING" in text
    assert "Do not present either side as the council's decision." in text
    assert "THE SIDES" in text


def test_a_result_without_a_ruling_claims_no_firmness() -> None:
    for case in (verdicts.estimate, verdicts.synthesis, verdicts.unratified):
        text = printed(case())
        assert "HOW FIRM IT IS" not in text
        assert "Pivotal" not in text


def test_what_the_votes_did_not_give_hangs_on_none_of_them() -> None:
    for case in (verdicts.overruled, verdicts.entrusted):
        text = printed(case())
        assert "FORCED RULING" in text
        assert "Robust" not in text
        assert "Arguing changed the result" not in text


def test_an_anonymous_verdict_shows_neither_seats_nor_models() -> None:
    text = printed(verdicts.anonymous()).casefold()
    for name in ("melchior", "balthasar", "casper", "gpt", "claude", "gemini"):
        assert name not in text
    assert "voice 3" in text


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("case", [verdicts.estimate, verdicts.ranking, verdicts.synthesis])
def test_other_results_fit_the_terminal_too(case: Callable[[], Verdict], width: int) -> None:
    assert max(map(len, printed(case(), width).splitlines())) <= width


def test_the_blind_vote_is_told_where_the_argument_undid_it() -> None:
    assert "the blind vote gave “no”" in printed(verdicts.decided())
    assert "blind vote" not in printed(verdicts.unanimous())


def test_the_words_of_a_model_are_neither_markup_nor_commands_to_the_terminal() -> None:
    hostile = "[bold]Ship[/bold] [link=http://example.com]it[/link] \x1b]0;title\x07\x1b[31m:skull:"
    agreed = [ballot("yes", hostile)]
    text = printed(verdicts.verdict({"melchior": agreed, "balthasar": agreed}))
    assert "[bold]Ship[/bold] [link=http://example.com]it[/link] :skull:" in text
    coloured = printed(verdicts.verdict({"melchior": agreed, "balthasar": agreed}), terminal=True)
    assert "\x1b]" not in coloured
    assert "\x1b[31m" not in coloured


def test_an_argument_that_runs_on_and_on_is_cut_and_says_so() -> None:
    agreed = [ballot("yes", "word " * 1000)]
    text = printed(verdicts.verdict({"melchior": agreed, "balthasar": agreed}))
    assert "(cut; the dossier has the rest)" in " ".join(text.split())
    assert len(text) < 5000


def test_every_verdict_says_how_to_read_its_dossier_again() -> None:
    assert verdicts.REREAD in printed(verdicts.failed())


def test_an_unknown_price_is_no_cause_of_a_failure() -> None:
    broke_off = verdicts.failed_unpriced()
    text = printed(broke_off)
    causes, _, warnings = text.partition("CAUSES")[2].partition("WARNINGS")
    assert "no answer within 60 s" in causes
    assert "price" not in causes
    assert "The price of at least one call is unknown" in warnings


def test_who_asked_too_much_of_the_budget_reads_which_limit_it_is_and_what_to_do() -> None:
    shown = " ".join(printed(verdicts.too_dear()).split())
    assert "No seat was asked." in shown
    assert "left of max_tokens, 100" in shown
    assert "WHAT TO DO Raise the limit that is named" in shown
    assert "--max-cost" in shown


def test_who_asked_in_vain_is_told_to_let_the_doctor_look() -> None:
    shown = " ".join(printed(verdicts.failed()).split())
    assert "WHAT TO DO Mend what the causes name (`magi-mcp doctor` tries every model" in shown
    assert "--max-cost" not in shown


def test_the_cause_of_a_failure_is_told_in_words() -> None:
    withdrawn = Failed(failure="unknown_model", detail="404: withdrawn")
    voices = [ballot("yes")]
    everybody = printed(verdicts.verdict({"melchior": [withdrawn]}))
    one = printed(verdicts.verdict({"melchior": voices, "casper": voices, "dora": [withdrawn]}))
    assert "- melchior: unknown model: 404: withdrawn" in everybody
    assert "Dora failed: unknown model: 404: withdrawn" in one


def test_a_deliberation_that_was_stopped_claims_no_verdict() -> None:
    stopped = verdicts.failed().model_copy(update={"status": "cancelled"})
    assert "CANCELLED" in printed(stopped)
    assert "Stopped before a verdict" in printed(stopped)
