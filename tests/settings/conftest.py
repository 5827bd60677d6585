"""A machine of one's own for each test: a user's directory, a working directory, variables."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from magi_mcp.settings import ConfigurationError, OverrideName, Settings, load_settings


@dataclass(frozen=True)
class Machine:
    """Where configuration can lie, and loading it from there."""

    root: Path

    @property
    def user_file(self) -> Path:
        return self.root / "user" / "config.toml"

    @property
    def opened_file(self) -> Path:
        return self.root / "opened" / "magi.toml"

    @property
    def chosen_file(self) -> Path:
        return self.root / "chosen.toml"

    def load(
        self,
        *,
        flags: Mapping[OverrideName, object] | None = None,
        env: Mapping[str, str] | None = None,
        chosen: str | None = None,
        opened: str | None = None,
        user: str | None = None,
    ) -> Settings:
        """The settings with these flags and variables, and files of these texts."""
        for path, text in (
            (self.chosen_file, chosen),
            (self.opened_file, opened),
            (self.user_file, user),
        ):
            if text is not None:
                path.write_text(text, encoding="utf-8")
        return load_settings(
            overrides=flags,
            config_file=None if chosen is None else self.chosen_file,
            environ=env or {},
            cwd=self.opened_file.parent,
            user_dir=self.user_file.parent,
        )

    def error(
        self,
        *,
        flags: Mapping[OverrideName, object] | None = None,
        env: Mapping[str, str] | None = None,
        opened: str | None = None,
        user: str | None = None,
    ) -> str:
        """What loading is refused with; the user's file is called U, the opened one O."""
        with pytest.raises(ConfigurationError) as caught:
            self.load(flags=flags, env=env, opened=opened, user=user)
        return self.shown(str(caught.value))

    def shown(self, text: str) -> str:
        """A message with short names for the files."""
        return text.replace(str(self.user_file), "U").replace(str(self.opened_file), "O")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.user_file.parent.mkdir()
    machine.opened_file.parent.mkdir()
    return machine
