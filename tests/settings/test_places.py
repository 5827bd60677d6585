"""Where each key within a setting stands, so that a fault found later can name its line."""

from pathlib import Path

from magi_mcp.settings import Settings, load_settings

FILE = """\
[[seats]]
model = "openai/a"
fallbacks = [
    "openai/b",
    { model = "openai/c", api_base = "http://127.0.0.1:1" },
]

[[seats]]
name = "second"
model = "openai/d"

[limits]
timeout_s = 5
"""


def settings_of(folder: Path, **environ: str) -> Settings:
    file = folder / "given.toml"
    file.write_text(FILE, encoding="utf-8")
    return load_settings(config_file=file, environ=environ, cwd=folder, user_dir=folder / "none")


def test_every_key_of_a_seat_has_its_own_line(tmp_path: Path) -> None:
    places = settings_of(tmp_path).places
    file = tmp_path / "given.toml"
    assert places["seats[0].model"] == f"{file}:2"
    assert places["seats[0].fallbacks"] == f"{file}:3"
    assert places["seats[0].fallbacks[1].api_base"] == f"{file}:5"
    assert places["seats[1].model"] == f"{file}:10"


def test_what_is_a_setting_of_its_own_stands_among_the_sources_alone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert settings.sources["limits.timeout_s"].endswith(":13")
    assert not settings.places.keys() & settings.sources.keys()


def test_a_setting_that_a_stronger_place_makes_leaves_no_lines_behind(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, MAGI_SEATS="openai/x|openai/y")
    assert settings.sources["seats"] == "MAGI_SEATS"
    assert set(settings.places.values()) == {"MAGI_SEATS"}
    assert "seats[1].model" not in settings.places
