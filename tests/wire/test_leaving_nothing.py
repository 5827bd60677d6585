"""Nothing is left of a council that was closed, and nothing was ever written to stdout."""

import json
import subprocess
import sys
from pathlib import Path


def test_three_councils_in_three_event_loops_leave_no_task_no_socket_and_no_thread() -> None:
    process = subprocess.run(
        [sys.executable, "-X", "dev", "-m", "tests.wire.three_loops"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout == ""
    result = json.loads(process.stderr.rpartition("RESULT ")[2])
    assert result["unraisable"] == []
    assert "ResourceWarning" not in process.stderr
    for rest in result["left"]:
        assert rest["said"] == ["decided", "yes"]
        assert (rest["tasks"], rest["connections"], rest["threads"]) == ([], 0, ["MainThread"])
    assert len({rest["descriptors"] for rest in result["left"]}) == 1
