"""``judge``: answers judged on the command line, for people and as JSON."""

import json
from pathlib import Path

import pytest

from magi_mcp.cli.app import run
from magi_mcp.core.errors import CallerError
from magi_mcp.identity import SystemClock
from magi_mcp.journal.memory import MemoryJournal
from magi_mcp.rubrics import read_rubric
from magi_mcp.seats.scripted import ScriptedSeat
from tests.cli.commands import seating
from tests.judging.panels import PANEL, judge

Captured = pytest.CaptureFixture[str]
ASKED = ("judge", "-q", "What is 2 + 2?")

RUBRIC = """
pass_threshold = 6

[[criteria]]
name = "accuracy"
high = "every figure is right"
weight = 3

[[criteria]]
name = "style"
high = "nothing to add"
middle = "it can be read"
low = "it cannot"
"""


def judged(*arguments: str) -> int:
    return run([*ASKED, *arguments], seating(PANEL))


def written(folder: Path, text: str, name: str = "rubric.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_scores_are_shown_judge_by_judge(capsys: Captured) -> None:
    assert judged("-a", "Four.", "--pass-threshold", "7") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Passed, 8 of 10." in shown
    assert "Melchior Balthasar Casper median correctness 8 9 4 8" in shown
    assert "MINORITY REPORT Casper: 4 for correctness, where the median is 8 It earns 4." in shown
    assert "12 calls" in shown


def test_a_comparison_is_shown_with_its_flips(capsys: Captured) -> None:
    assert judged("-a", "Five.", "-a", "Four.") == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Answer 2 is preferred." in shown
    assert "1 of 3 preferences flipped with the order." in shown
    assert "Casper (casper) 1, 2: flipped" in shown


def test_json_is_the_whole_judgement(capsys: Captured) -> None:
    assert judged("-a", "Five.", "-a", "Four.", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["winner"], told["omitted"]) == ("judgement", 2, [])
    assert told["judges"][0]["rationale"]["1v2"] == "Answer 2 is right."


def test_a_tie_is_no_verdict(capsys: Captured) -> None:
    panel = {"melchior": judge(8, 1), "balthasar": judge(8, 2)}
    assert run([*ASKED, "-a", "Five.", "-a", "Four."], seating(panel)) == 3
    assert "Answers 1 and 2 share the first place." in capsys.readouterr().out


def test_nobody_is_asked_by_a_dry_run(capsys: Captured) -> None:
    seat = ScriptedSeat(judge(8, 1))
    words = [*ASKED, *(word for n in range(7) for word in ("-a", f"Answer {n}.")), "--dry-run"]
    assert run([*words, "--json"], seating({"melchior": seat})) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kind"], told["status"], told["plan"]["calls"]) == ("judgement", "planned", 18)
    assert seat.asked == []


def test_a_rubric_gives_criteria_weights_and_the_threshold(
    capsys: Captured, tmp_path: Path
) -> None:
    assert judged("-a", "Four.", "--rubric", str(written(tmp_path, RUBRIC)), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in told["criteria"]] == ["accuracy", "style"]
    assert (told["pass_threshold"], told["passed"]) == (6, True)


def test_a_rubric_in_json_is_the_same_rubric(tmp_path: Path) -> None:
    toml = read_rubric(written(tmp_path, RUBRIC))
    entries = [
        {key: getattr(each, key) for key in ("name", "high", "middle", "low", "weight")}
        for each in toml.criteria
    ]
    text = json.dumps({"criteria": entries, "pass_threshold": 6})
    assert read_rubric(written(tmp_path, text, "rubric.json")) == toml
    assert [each.weight for each in toml.criteria] == [3, 1]


def test_a_threshold_that_is_typed_goes_before_the_rubrics(
    capsys: Captured, tmp_path: Path
) -> None:
    rubric = str(written(tmp_path, RUBRIC))
    assert judged("-a", "Four.", "--rubric", rubric, "--pass-threshold", "10", "--json") == 0
    assert json.loads(capsys.readouterr().out)["passed"] is False


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("criteria = []", "rubric.toml: criteria: none are given"),
        ("", "rubric.toml: criteria: Field required"),
        ('[[criteria]]\nname = "a"', "line 1: criteria.1.high: Field required"),
        (
            '[[criteria]]\nname = "a"\nhigh = "x"\n[[criteria]]\nname = "A"\nhigh = "y"',
            "criteria: 'A' stands twice",
        ),
        ('[[criteria]]\nname = "a"\nhigh = "x"\nweight = 0', "line 4: criteria.1.weight"),
        ('[[criteria]]\nname = "a"\nhigh = "x"\nweigth = 2', "line 4: criteria.1.weigth"),
        ('pass_threshold = 11\n[[criteria]]\nname = "a"\nhigh = "x"', "11 is not in 1..10"),
        ("criteria = [", "is not valid TOML"),
    ],
)
def test_a_faulty_rubric_is_refused_by_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CallerError) as refused:
        read_rubric(written(tmp_path, text))
    assert words in str(refused.value)


@pytest.mark.parametrize(("name", "words"), [("none.toml", "cannot be read"), ("x.json", "JSON")])
def test_a_rubric_that_cannot_be_read_is_refused(tmp_path: Path, name: str, words: str) -> None:
    if name == "x.json":
        written(tmp_path, "{", name)
    with pytest.raises(CallerError, match=words):
        read_rubric(tmp_path / name)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-a", "x", "-a", "x"), "-a: numbers 1 and 2 are identical"),
        (("-a", " "), "-a: number 1 is empty"),
        (("-a", "x", "--criterion", ":y"), "--criterion:"),
        (("-a", "x", "--pass-threshold", "0"), "--pass-threshold: 0 is not in 1..10"),
        ((), "Missing option '--answer' / '-a'"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_its_flag(
    capsys: Captured, arguments: tuple[str, ...], words: str
) -> None:
    assert judged(*arguments) == 2
    assert words in capsys.readouterr().err


def test_a_dossier_of_a_judgement_is_listed_shown_and_told_the_outcome_of(
    capsys: Captured,
) -> None:
    journal = MemoryJournal(SystemClock())
    opener = seating(PANEL, journal=journal)
    assert run([*ASKED, "-a", "Five.", "-a", "Four."], opener) == 0
    assert run(["dossiers", "list"], opener) == 0
    assert "\twinner\tanswer 2\t" in capsys.readouterr().out
    assert run(["dossiers", "show", "latest"], opener) == 0
    assert "## Ranking" in capsys.readouterr().out
    assert run(["outcome", "latest", "--answer", "2"], opener) == 0
    assert "The council was right." in capsys.readouterr().out
