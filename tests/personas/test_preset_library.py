"""Presets of one's own: added, replacing, and malformed without harm to the others."""

import os
from pathlib import Path

import pytest

from magi_mcp.personas import MAX_PRESET_BYTES, PresetFault, UnknownPreset, load_presets

GOOD = """\
description = "Mine."

[[personas]]
name = "One"
lens = "Look at one thing."

[[personas]]
name = "Two"
summary = "The other."
lens = '''
Look at
name = "another".
'''
"""


def faults_of(directory: Path, text: str | bytes, name: str = "mine.toml") -> list[str]:
    """The faults that a file with this text has, without the path in front."""
    data = text.encode() if isinstance(text, str) else text
    (directory / name).write_bytes(data)
    library = load_presets(directory)
    assert set(library.presets) == set(load_presets().presets)
    path = str(directory / name)
    assert all(fault.path == path for fault in library.faults)
    return [str(fault).removeprefix(path) for fault in library.faults]


def test_a_directory_of_ones_own_adds_presets(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    library = load_presets(tmp_path)
    mine = library.get("mine")
    assert (mine.name, mine.description) == ("mine", "Mine.")
    assert [(each.name, each.summary) for each in mine.personas] == [
        ("One", None),
        ("Two", "The other."),
    ]
    assert mine.personas[1].lens == 'Look at\nname = "another".'
    assert "eva" in library.presets
    assert library.faults == ()


def test_the_last_directory_wins_over_a_preset_of_the_same_name(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "eva.toml").write_text(GOOD.replace("Mine.", name))
    library = load_presets(tmp_path / "first", tmp_path / "second")
    assert library.get("eva").description == "second"


def test_an_absent_directory_holds_no_presets(tmp_path: Path) -> None:
    assert load_presets(tmp_path / "nowhere") == load_presets()


def test_a_file_where_a_directory_should_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    [fault] = load_presets(tmp_path / "file").faults
    assert fault.path == str(tmp_path / "file")
    assert "cannot be read: Not a directory" in str(fault)


def test_only_toml_files_are_looked_at_and_no_editors_hidden_ones(tmp_path: Path) -> None:
    for name in ("README.md", "eva.toml~", ".#eva.toml"):
        (tmp_path / name).write_text("not = = toml")
    assert load_presets(tmp_path) == load_presets()


@pytest.mark.parametrize("name", ["eva", " EVA "])
def test_a_preset_is_found_whatever_its_case(name: str) -> None:
    assert load_presets().get(name).name == "eva"


def test_an_unknown_name_is_answered_with_the_nearest_and_all_valid_ones() -> None:
    with pytest.raises(UnknownPreset) as caught:
        load_presets().get("code-reveiw")
    assert (caught.value.name, caught.value.nearest) == ("code-reveiw", "code-review")
    assert str(caught.value) == (
        "personas: no preset is called 'code-reveiw'; did you mean 'code-review'? "
        "(valid: code-review, eva, research, strategy, writing, none)"
    )


def test_a_name_like_no_other_has_no_nearest() -> None:
    with pytest.raises(UnknownPreset) as caught:
        load_presets().get("zzz")
    assert caught.value.nearest is None
    assert "did you mean" not in str(caught.value)


def test_asking_for_a_malformed_preset_gives_its_fault(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("description = \n")
    with pytest.raises(UnknownPreset) as caught:
        load_presets(tmp_path).get("mine")
    assert f"preset 'mine' cannot be used: {tmp_path / 'mine.toml'}:1: not valid" in str(
        caught.value
    )


def test_a_malformed_replacement_is_refused_and_not_silently_the_original(tmp_path: Path) -> None:
    (tmp_path / "eva.toml").write_text("description = \n")
    library = load_presets(tmp_path)
    with pytest.raises(UnknownPreset, match=r"eva\.toml:1: not valid TOML"):
        library.get("eva")
    assert "research" in library.presets


def test_a_good_replacement_heals_a_malformed_preset(tmp_path: Path) -> None:
    for name, text in (("bad", "description = \n"), ("good", GOOD)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.toml").write_text(text)
    library = load_presets(tmp_path / "bad", tmp_path / "good")
    assert library.get("mine").description == "Mine."
    assert len(library.faults) == 1


@pytest.mark.parametrize(
    ("old", "new", "place_and_reason"),
    [
        ('"Mine."', "", ":1: not valid TOML: Invalid value (at line 1, column 15)"),
        ('"Mine."', '"  "', ":1: description: is blank"),
        ('"Mine."', '"a\\nb"', ":1: description: must be one line without control characters"),
        (
            'description = "Mine."\n',
            "\n",
            ":1: description: is missing; required here: description, personas",
        ),
        ('lens = "Look at one thing."', "lens = 12", ":5: personas[0].lens: must be text, not 12"),
        (
            'lens = "Look at one thing."',
            "",
            ":3: personas[0].lens: is missing; required here: name, lens",
        ),
        (
            "summary",
            "sumary",
            (
                ":9: personas[1].sumary: is an unknown key; did you mean 'summary'? "
                "valid here: name, lens, summary"
            ),
        ),
        (
            "description",
            'name = "mine"\ndescription',
            ":1: name: is an unknown key; valid here: description, personas",
        ),
        ('"Two"', '"\\t"', ":8: personas[1].name: is blank"),
        (
            '"Two"',
            '"ONE"',
            ":8: personas[1].name: the name 'ONE' is already taken by personas[0]",
        ),
    ],
)
def test_a_malformed_file_names_itself_the_line_and_the_reason(
    tmp_path: Path, old: str, new: str, place_and_reason: str
) -> None:
    assert faults_of(tmp_path, GOOD.replace(old, new, 1)) == [place_and_reason]


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('"Mine."', '""').replace('"Two"', "2")
    assert faults_of(tmp_path, text) == [
        ":1: description: is blank",
        ":8: personas[1].name: must be text, not 2",
    ]


@pytest.mark.parametrize(
    ("personas", "reason"),
    [
        ("[]", "personas: is empty; a preset needs at least one [[personas]] table"),
        ('"Melchior"', "personas: must be written as [[personas]] tables"),
        ('["Melchior"]', "personas[0]: must be written as [[personas]] tables"),
    ],
)
def test_personas_must_be_tables_and_at_least_one(
    tmp_path: Path, personas: str, reason: str
) -> None:
    text = f'description = "Mine."\npersonas = {personas}\n'
    assert faults_of(tmp_path, text) == [f":2: {reason}"]


def test_an_empty_file_lacks_everything(tmp_path: Path) -> None:
    [description, personas] = faults_of(tmp_path, "")
    assert description.startswith(":1: description: is missing")
    assert personas.startswith(":1: personas: is missing")


def test_text_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    data = GOOD.encode().replace(b"another", b"\xe9")
    assert faults_of(tmp_path, data) == [":12: is not UTF-8; save it in that encoding"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(GOOD.encode("utf-8-sig"))
    assert load_presets(tmp_path).get("mine").description == "Mine."


def test_a_file_of_the_greatest_size_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    fitting = GOOD + "#" * (MAX_PRESET_BYTES - len(GOOD))
    (tmp_path / "fitting.toml").write_text(fitting)
    (tmp_path / "larger.toml").write_text(fitting + "#")
    library = load_presets(tmp_path)
    assert "fitting" in library.presets
    assert [str(fault) for fault in library.faults] == [
        f"{tmp_path / 'larger.toml'}: is larger than 64 KB"
    ]


@pytest.mark.parametrize("name", ["My Preset.toml", "Eva.toml", "-x.toml", "é.toml"])
def test_a_file_name_that_cannot_name_a_preset_is_refused(tmp_path: Path, name: str) -> None:
    [fault] = faults_of(tmp_path, GOOD, name)
    assert "cannot name a preset; rename the file: lower-case letters" in fault


def test_a_preset_cannot_be_called_none(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, GOOD, "none.toml")
    assert '"none" cannot name a preset' in fault


def test_what_is_no_regular_file_is_refused_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    assert [str(fault) for fault in load_presets(tmp_path).faults] == [
        f"{tmp_path / name}: is not a file that can be read"
        for name in ("folder.toml", "gone.toml", "pipe.toml")
    ]


def test_absurd_nesting_harms_no_other_preset(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, "a = " + "[" * 20_000)
    assert fault == ": not valid TOML: values are nested too deeply"


def test_a_fault_knows_which_preset_it_costs() -> None:
    assert PresetFault("/somewhere/eva.toml", 12, "why").preset == "eva"
    assert str(PresetFault("/somewhere/eva.toml", 12, "why")) == "/somewhere/eva.toml:12: why"
