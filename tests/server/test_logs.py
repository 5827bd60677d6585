"""Where log lines go, and that they hold no more than was said."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import anyio
import pytest

from magi_mcp.core.errors import CallerError
from magi_mcp.logs import about, configure_logs, logger


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def fail_with_a_key_at_hand() -> None:
    api_key = "sk-not-to-be-shown"
    raise ValueError(f"refused a key of {len(api_key)} characters")


def log_a_failure() -> None:
    try:
        fail_with_a_key_at_hand()
    except ValueError:
        logger("ours").exception("it broke", seat="melchior")
        logging.getLogger("theirs").exception("%s broke too", "it")


def test_lines_for_machines_are_json_whoever_wrote_them() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)
    log_a_failure()
    ours, theirs = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (ours["event"], ours["seat"], ours["level"]) == ("it broke", "melchior", "error")
    assert (theirs["event"], theirs["logger"]) == ("it broke too", "theirs")
    for line in (ours, theirs):
        assert "ValueError: refused a key" in line["exception"]
        assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["machine", "person"])
def test_a_traceback_shows_no_local_variables(stream: io.StringIO) -> None:
    configure_logs(stream=stream)
    log_a_failure()
    assert stream.getvalue().count("ValueError: refused a key") == 2
    assert "fail_with_a_key_at_hand" in stream.getvalue()
    assert "sk-not-to-be-shown" not in stream.getvalue()


def test_a_person_reads_lines_of_text() -> None:
    stream = Terminal()
    configure_logs("info", stream)
    logger("ours").info("it works", seat="casper")
    assert "it works" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_the_level_holds_for_ours_and_for_libraries() -> None:
    stream = io.StringIO()
    configure_logs("ERROR", stream)
    logger("ours").warning("too quiet")
    logging.getLogger("theirs").warning("too quiet")
    logger("ours").error("loud")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(CallerError, match="MAGI_LOG_LEVEL: 'waring' is not known"):
        configure_logs("waring")


def test_nothing_is_written_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    log_a_failure()
    written = capsys.readouterr()
    assert written.out == ""
    assert "it broke" in written.err


def test_nothing_is_loaded_to_write_lines_before_there_is_one() -> None:
    script = (
        "import sys, logging\n"
        "from magi_mcp.logs import configure_logs\n"
        "configure_logs()\n"
        "print('structlog' in sys.modules)\n"
        "logging.getLogger('anybody').warning('a line')\n"
        "print('structlog' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout.split() == ["False", "True"]
    assert "a line" in ran.stderr


async def test_lines_of_a_deliberation_bear_its_id_whoever_wrote_them() -> None:
    stream = io.StringIO()
    configure_logs(stream=stream)

    async def conduct(dossier_id: str) -> None:
        with about(dossier_id):
            await asyncio.to_thread(logging.getLogger("theirs").warning, "a retry")
            logger("ours").warning("a fallback", seat="casper")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(conduct, "one")
        tasks.start_soon(conduct, "two")
    logger("ours").warning("afterwards")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert sorted((line["event"], line.get("dossier_id")) for line in lines[:-1]) == [
        ("a fallback", "one"),
        ("a fallback", "two"),
        ("a retry", "one"),
        ("a retry", "two"),
    ]
    assert "dossier_id" not in lines[-1]


def test_a_line_about_another_deliberation_keeps_the_id_it_was_given() -> None:
    stream = Terminal()
    configure_logs(stream=stream)
    with about("this one"):
        logger("ours").warning("claim was not released", dossier_id="that one")
    assert "that one" in stream.getvalue()
    assert "this one" not in stream.getvalue()


def test_a_line_that_is_too_quiet_loads_nothing() -> None:
    script = (
        "import sys\n"
        "from magi_mcp.logs import configure_logs, logger\n"
        "configure_logs()\n"
        "logger('ours').info('deliberation opened')\n"
        "print('structlog' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.stdout.split(), ran.stderr) == (["False"], "")
