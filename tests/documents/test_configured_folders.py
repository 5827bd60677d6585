"""The folders that the configuration opens reach the council as absolute paths."""

from pathlib import Path

import pytest

from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council


async def test_open_folders_are_those_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    env = {"MAGI_ROOTS": f"/srv/texts,{tmp_path / 'a'},b", "MAGI_STORE": str(tmp_path / "store")}
    settings = load_settings(environ=env, cwd=tmp_path, user_dir=tmp_path)
    async with open_council(settings, {}) as council:
        assert council.provisions.roots == (Path("/srv/texts"), tmp_path / "a", tmp_path / "b")
        assert council.provisions.sources["roots"] == "MAGI_ROOTS"
