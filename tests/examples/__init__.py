"""The examples are run as a stranger would run them."""

import os
import sys
from pathlib import Path

from tests.conftest import NOBODY_LISTENS

EXAMPLES = Path(__file__).parents[2] / "examples"


def strangers_environment(home: Path, **more: str) -> dict[str, str]:
    """Variables of somebody with an empty home, who has installed the command."""
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "OLLAMA_HOST": NOBODY_LISTENS,
        "MAGI_STORE": f"sqlite:///{home / 'dossiers.sqlite3'}",
        **more,
    }
