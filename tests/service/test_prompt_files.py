"""A user's own prompt templates: which count, and what is refused by name."""

import os
from pathlib import Path

import pytest

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.errors import CallerError
from magi_mcp.core.prompts import PLACEHOLDERS
from magi_mcp.core.report import markdown
from magi_mcp.core.seeding import digest
from magi_mcp.prompt_files import prompts_in, shipped_prompts
from magi_mcp.settings import ConfigurationError, OverrideName, load_settings
from magi_mcp.wiring import open_council
from tests.support.councils import ballot, scripted_council

MINE = "Answer like a judge.\n\n$question\n\n$context\n\n$reply_form\n"


def put(folder: Path, name: str, text: str = MINE) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path) -> str:
    with pytest.raises(CallerError) as caught:
        prompts_in(folder)
    assert caught.value.argument == "prompts_dir"
    return caught.value.problem


def test_without_a_folder_every_template_is_the_shipped_one() -> None:
    prompts = prompts_in(None)
    assert (prompts.templates, prompts.overrides) == (shipped_prompts(), {})
    assert set(prompts.templates) == set(PLACEHOLDERS)


def test_the_shipped_templates_would_be_taken_as_overrides(tmp_path: Path) -> None:
    for name, text in shipped_prompts().items():
        put(tmp_path, f"{name}.md", text)
    assert prompts_in(tmp_path).templates == shipped_prompts()


def test_an_own_template_replaces_its_namesake_and_leaves_its_digest(tmp_path: Path) -> None:
    put(tmp_path, "yes_no.md")
    prompts = prompts_in(tmp_path)
    assert prompts.templates["yes_no"] == MINE
    assert prompts.overrides == {"yes_no": digest(MINE)}
    others = {name: text for name, text in prompts.templates.items() if name != "yes_no"}
    assert others.items() <= shipped_prompts().items()


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path, ".DS_Store", "")
    (tmp_path / "older").mkdir()
    assert prompts_in(tmp_path).overrides == {}


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    windows = b"\xef\xbb\xbf" + MINE.replace("\n", "\r\n").encode()
    (tmp_path / "yes_no.md").write_bytes(windows)
    assert prompts_in(tmp_path).templates["yes_no"] == MINE


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("yesno.md", MINE, "'yesno.md' is not known. Did you mean 'yes_no.md'? Valid: system.md, "),
        ("yes_no.txt", MINE, "'yes_no.txt' is not known. Did you mean 'yes_no.md'? Valid: "),
        (
            "yes_no.md",
            "$question $reply_form",
            "yes_no.md lacks $context. It has to name: $context, $question, $reply_form.",
        ),
        (
            "yes_no.md",
            f"{MINE}\n${{questoin}}",
            "yes_no.md, line 9, names $questoin, which is no placeholder. Did you mean $question?",
        ),
        ("yes_no.md", f"{MINE}\n$options", "yes_no.md, line 9, names $options, which is no "),
        (
            "yes_no.md",
            f"It costs $5.\n{MINE}",
            "yes_no.md, line 1, has a '$' that begins no placeholder; write '$$' for the sign. ",
        ),
        ("yes_no.md", f"{MINE}${{question", "yes_no.md, line 8, has a '$' that begins no "),
        ("yes_no.md", " \n", "yes_no.md is blank."),
        ("grouping_system.md", "$lens", "grouping_system.md, line 1, names $lens, which is no "),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused_by_name(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    put(tmp_path, name, text)
    assert refusal(tmp_path).startswith(told)


def test_a_doubled_dollar_is_a_dollar(tmp_path: Path) -> None:
    put(tmp_path, "yes_no.md", f"It costs $$5.\n{MINE}")
    assert "yes_no" in prompts_in(tmp_path).overrides


def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "yes_no.md").write_bytes(b"good\xff")
    assert refusal(tmp_path) == "yes_no.md is not UTF-8 at byte 4; save it in that encoding."
    (tmp_path / "yes_no.md").unlink()
    (tmp_path / "yes_no.md").mkdir()
    assert refusal(tmp_path) == "yes_no.md is not a file."
    (tmp_path / "yes_no.md").rmdir()
    os.mkfifo(tmp_path / "yes_no.md")  # reading it would never end
    assert refusal(tmp_path) == "yes_no.md is not a file."


@pytest.mark.parametrize("name", ["absent", "file"])
def test_a_folder_that_is_none_is_refused_by_name(tmp_path: Path, name: str) -> None:
    put(tmp_path, "file")
    assert refusal(tmp_path / name).startswith(f"'{tmp_path / name}' cannot be read as a folder: ")


async def test_an_own_template_reaches_the_seats_and_the_report_says_so(tmp_path: Path) -> None:
    put(tmp_path, "yes_no.md")
    heard: list[str] = []

    def listen(ask: Ask) -> dict[str, object]:
        heard.append(ask.prompt)
        return dict(ballot("yes"))

    scripts = {"ada": listen, "ben": listen}
    async with scripted_council(scripts) as council:  # type: ignore[arg-type]
        request = Request(question="Ship?", method="yes_no", prompts_dir=tmp_path)
        dossier = await (await council.put(request)).wait()
    assert all(prompt.startswith("Answer like a judge.\n\nShip?") for prompt in heard)
    assert dossier.case.prompt_overrides == {"yes_no": digest(MINE)}
    report = markdown(dossier)
    assert "Prompts of the user's own: `yes_no` (sha256:" in report


async def test_a_fault_in_the_configured_folder_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    put(folder, "yesno.md")
    config = put(tmp_path, "magi.conf", '\nprompts_dir = "mine"\n[store]\nurl = "elsewhere"')
    flags: dict[OverrideName, object] = {"store.url": str(tmp_path / "d.sqlite3")}
    settings = load_settings(
        overrides=flags, config_file=config, environ={}, cwd=tmp_path, user_dir=tmp_path
    )
    async with open_council(settings, {}) as council:
        request = Request(question="Ship?", method="yes_no", seats=("scripted/demo",), owner=True)
        with pytest.raises(ConfigurationError) as caught:
            await council.put(request)
    assert str(caught.value).startswith(f"{config}:2: prompts_dir: 'yesno.md' is not known.")
