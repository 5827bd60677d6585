"""Models for the benchmarks: a provider on loopback in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.wire import piped

MODELS = ("a", "b", "c")
SEATS = ",".join(f"openai/{model}" for model in MODELS)
BALLOT = json.dumps({"argument": "The rehearsal held.", "position": "yes"})


@contextmanager
def loopback_models(folder: Path, delay_s: float) -> Iterator[str]:
    """Models that say yes after ``delay_s`` seconds; yields the provider's address."""
    reply = {"kind": "slow", "delay_s": delay_s, "then": {"kind": "say", "text": BALLOT}}
    behaviours = folder / "models.json"
    behaviours.write_text(json.dumps(dict.fromkeys(MODELS, reply)))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.provider", "--behaviours", str(behaviours)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )
    try:
        yield json.loads(piped(process.stdout).readline())["base_url"]
    finally:
        process.communicate()


def environment_of(address: str) -> dict[str, str]:
    """The variables by which the seats reach those models."""
    return {"MAGI_SEATS": SEATS, "OPENAI_API_BASE": address, "OPENAI_API_KEY": "none-needed"}
