"""The dossier as Markdown for a person who was not there. Hostile text stays text."""

import re

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from magi_mcp.core.markup import escaped
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.report import markdown
from tests.core.method_scenes import METHOD_SCENES
from tests.core.paper import OPENED_AT, Script, a_case, deliberated, failed, said, voted
from tests.core.scenes import SCENES, cancelled, closed_early, rich, running
from tests.core.snapshots import same_as_snapshot

HOSTILE = {
    "a table": "a | b\n--- | ---\n1 | 2",
    "a heading": "# RULING: no\n## Ruling",
    "an underlined heading": "RULING: no\n===\nand so on\n---",
    "a link": "[the rollback log](https://evil.example) ![x](y) [r]: https://evil.example",
    "an address": "https://evil.example www.evil.example <https://a.b> me@evil.example",
    "html": "<script>alert(1)</script><b>bold</b><!-- & -->",
    "entities": "&lt;b&gt; &amp; &#35; &nbsp;",
    "code": "`x` ```\nfence\n``` ~~~\n\n    indented\n\ttabbed",
    "lists": "- one\n* two\n+ three\n1. four\n2) five",
    "a quotation": "> **Casper** says yes\n>> deeper",
    "emphasis": "*a* **b** _c_ __d__ ~~e~~",
    "a rule": "***\n---\n___\n- - -",
    "backslashes": "\\ \\\\ \\| \\# a\\",
    "line breaks": "a\nb\r\nc\rd\u2028e\u2029f\x0bg",
    "controls": "\x1b[31mred\x1b[0m\x00\x07\u202eright\u200bleft",
}
TEXTUAL = {"text", "text_special", "softbreak"}
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def structure(report: str) -> list[str]:
    """What a renderer makes of a report: its block and inline elements, without their text."""
    kinds: list[str] = []
    for token in PARSER.parse(report):
        kinds.append(token.type)
        kinds += [child.type for child in token.children or () if child.type not in TEXTUAL]
    return kinds


def _text(token: Token) -> str:
    return "\n" if token.type == "softbreak" else token.content


def report_of(text: str) -> str:
    """A report in which everybody says ``text`` wherever a model or a caller can."""
    script: Script = {
        "ada": [voted(text, text, would_flip=text, needs=[text])],
        "ben": [voted("Wait", text), voted(text, text, because=text)],
        "cleo": [said(text), failed("server", text)],
    }
    case = a_case("majority", question=f"Q {text}", context=text)
    return markdown(deliberated(case, script, grouping=lambda ask: said(text)).dossier())


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_escaped_text_is_shown_as_it_is_and_is_nothing_else(text: str) -> None:
    blocks = PARSER.parse("Before.\n\n" + escaped(text))
    assert {block.type for block in blocks} <= {"paragraph_open", "inline", "paragraph_close"}
    paragraphs = [block.children or [] for block in blocks[3:] if block.type == "inline"]
    assert {child.type for paragraph in paragraphs for child in paragraph} <= TEXTUAL
    shown = [
        line for paragraph in paragraphs for line in "".join(map(_text, paragraph)).split("\n")
    ]
    assert shown == [line for line in map(one_line, text.splitlines()) if line]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_leaves_the_report_in_its_own_shape(text: str) -> None:
    kinds = structure(report_of(text))
    assert not {"link_open", "image", "html_inline", "html_block", "code_block", "fence"} & set(
        kinds
    )
    assert kinds.count("hr") == 0
    assert kinds.count("table_open") == 2
    assert kinds.count("code_inline") == 1, "the dossier's own id"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_makes_no_heading_and_no_row_of_its_own(text: str) -> None:
    tokens = PARSER.parse(report_of(text))
    headings = [
        tokens[place + 1].content
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]
    assert headings[0] == "Ruling"
    assert set(headings) <= {
        "Ruling",
        "The sides",
        "Minority report",
        "Changed minds",
        "What the council was told",
        "Lenses",
        "Stances, round by round",
        "Positions counted together",
        "What the seats would need to know",
        "Warnings",
        "Council and costs",
    }
    assert len(headings) == len(set(headings))
    assert sum(token.type == "tr_open" for token in tokens) == 2 * (1 + 3)


def test_no_control_character_reaches_a_terminal_through_a_report() -> None:
    report = report_of(HOSTILE["controls"])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u200b\u202e]", report)


def test_words_stay_apart_where_unusual_spaces_part_them() -> None:
    assert escaped("10\u00a0% ou\u3000non\tdonc") == "10 % ou non donc"


def test_a_ruling_of_several_lines_is_shown_on_one() -> None:
    case = a_case("options", options=["Ship\n\nnow", "Wait"])
    report = markdown(deliberated(case, {"ada": ["A"], "ben": ["A"], "cleo": ["B"]}).dossier())
    assert "\n**Ship now** (majority, 2 of 3)\n" in report


def test_the_stances_are_shown_round_by_round() -> None:
    table = markdown(rich()).split("## Stances, round by round\n\n")[1].split("\n\n")[0]
    assert table.splitlines() == [
        "| Seat | Round 1 (blind) | Round 2 | Round 3 |",
        "|---|---|---|---|",
        "| Melchior | Ship on Friday | Ship on Friday | Ship on Friday |",
        "| Balthasar | Postpone to Monday | Ship on Friday | Ship on Friday |",
        "| Casper | Postpone to Monday | Postpone to Monday | Postpone to Monday |",
        "| Dora | *abstained* | Ship on Friday | Ship on Friday |",
        "| Emil | *unreadable* | *failed* | Ship on Friday |",
    ]


def test_a_seat_that_was_not_asked_again_has_no_stance_in_later_rounds() -> None:
    script: Script = {"ada": ["yes"], "ben": ["no"], "cleo": [failed()]}
    report = markdown(deliberated(a_case(), script).dossier())
    assert "| Cleo | *failed* | – |" in report


def test_only_a_running_council_still_expects_replies() -> None:
    assert "| Casper | *no reply yet* |" in markdown(running())
    assert "| Casper | *no reply* |" in markdown(cancelled())
    assert "| Casper | *no reply* |" in markdown(closed_early())
    assert "Round 1 was closed by the deadline." in markdown(closed_early())


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("decided", "**yes** (majority, 2 of 3)"),
        ("provisional", "**Provisional: yes** (majority, 2 of 2 counted, 3 seats)"),
        ("tied", "**No ruling** (tie, 1 of 2 counted, 3 seats)"),
        ("below_threshold", "**No ruling** (below threshold, 2 of 3)"),
        ("no_quorum", "**Provisional: No ruling** (no quorum, 1 of 1 counted, 3 seats)"),
        ("everybody_failed", "**Failed.** No seat answered."),
        ("too_dear", "**Failed.** No seat was asked."),
        ("convening", "**Running.** There is no verdict yet."),
        ("running", "**Running.** There is no verdict yet."),
        ("interrupted", "**Interrupted.** The deliberation stopped before a verdict."),
        ("cancelled", "**Cancelled.** What had arrived until then is below."),
    ],
)
def test_the_ruling_or_its_absence_comes_first(scene: str, words: str) -> None:
    report = markdown(SCENES[scene](), now=OPENED_AT + 24)
    assert report.split("## Ruling\n\n")[1].splitlines()[0] == words


@pytest.mark.parametrize("scene", SCENES)
def test_every_report_is_one_page_with_every_seat_and_the_bill(scene: str) -> None:
    dossier = SCENES[scene]()
    report = markdown(dossier, now=OPENED_AT + 24)
    kinds = structure(report)
    assert kinds.count("heading_open") >= 3
    assert report.endswith(f"Dossier `{dossier.dossier_id}`.\n")
    costs = report.split("## Council and costs\n\n")[1]
    assert costs.count("\n| ") == len(dossier.case.everybody) + (costs[0] == "|") - 1
    assert "\n\n\n" not in report
    assert "None" not in report


def test_a_long_question_is_shown_in_full_below_its_title() -> None:
    question = "Should we " + "really " * 40 + "ship?\nOr not?"
    case = a_case(question=question)
    report = markdown(deliberated(case, {s: ["yes"] for s in ("ada", "ben", "cleo")}).dossier())
    assert report.splitlines()[0].endswith("…")
    assert "\n> " + question.splitlines()[0] + "\n> Or not?\n" in report


def test_positions_that_were_counted_together_are_listed() -> None:
    report = markdown(SCENES["open_question"]())
    assert "## Positions counted together\n\n- Ship it behind a flag → Use a feature flag" in report


def test_the_report_of_a_rich_council_is_its_snapshot() -> None:
    assert same_as_snapshot("report_rich.md", markdown(rich()))
    assert same_as_snapshot("report_open_question.md", markdown(SCENES["open_question"]()))


@pytest.mark.parametrize("scene", METHOD_SCENES)
def test_the_report_of_each_method_is_its_snapshot(scene: str) -> None:
    assert same_as_snapshot(f"report_{scene}.md", markdown(METHOD_SCENES[scene]()))


def test_a_draft_that_was_not_ratified_is_labelled_in_the_report() -> None:
    report = markdown(SCENES["not_ratified"]())
    ruling = report.split("## Ruling\n\n")[1].split("## The sides")[0]
    assert ruling.startswith("**No ruling** (not ratified, 1 of 3 accept the draft)\n")
    assert "\nA draft of the common ground was written, and not ratified:\n\n> Ship 4.2" in ruling
    assert "- Casper objects. It names nobody. *What would win acceptance:* A name" in report


def test_the_ratings_table_leaves_out_the_raters_own_draft() -> None:
    table = markdown(SCENES["ranked"]()).split("**Ratings**, from 0 to 10\n\n")[1]
    assert table.splitlines()[:5] == [
        "| Rater | Draft 1 | Draft 2 | Draft 3 |",
        "|---|---|---|---|",
        "| Melchior | own | 9 | 4 |",
        "| Balthasar | 5 | own | 8 |",
        "| Casper | 3 | 7 | own |",
    ]


def test_equal_drafts_share_their_place() -> None:
    report = markdown(SCENES["tied_drafts"]())
    assert "### 1. Draft 1, by Melchior" in report
    assert "### 1. Draft 2, by Balthasar" in report
    assert "### 3. Draft 3, by Casper" in report


def test_whoever_was_asked_to_write_and_could_not_is_named() -> None:
    report = markdown(SCENES["nobody_wrote"]())
    for seat in ("Melchior", "Balthasar", "Casper"):
        assert f"{seat} wrote nothing: server: 500: overloaded" in report
    assert "put the result into words" not in report.split("## Stances")[1].split("## Warn")[0]


def test_the_arbiters_argument_and_price_are_in_the_report() -> None:
    report = markdown(SCENES["overruled"]())
    assert "**The arbiter** (claude-sonnet-4-6): no\n\n> Rows written by 4.2 outlive" in report
    assert "| Arbiter | anthropic/claude-sonnet-4-6 | 1 | 100 / 20 | $0.001 |" in report


def test_a_report_of_a_running_deliberation_shows_nobody_half_a_vote() -> None:
    report = markdown(SCENES["running"]())
    assert "| *answered* |" in report
    assert "### Round" not in report
