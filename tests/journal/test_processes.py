"""Several processes on one SQLite store, and one that is killed while it writes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from magi_mcp.journal import SqliteJournal
from tests.journal.conftest import OpenStore
from tests.journal.samples import dossier_id, opened, reply, texts
from tests.journal.worker import DOSSIERS_AT_ONCE, OWN_ENTRIES, SHARED

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0


@contextmanager
def worker(role: str, store: Path, name: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has started and waits for the word to go."""
    command = [sys.executable, "-m", "tests.journal.worker", role, str(store), name]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def at_the_same_moment(role: str, store: Path, names: list[str]) -> list[list[str]]:
    """What processes print that play one role and are told to go together."""
    with ExitStack() as stack:
        processes = [stack.enter_context(worker(role, store, name)) for name in names]
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=PATIENCE_S)[0].split() for process in processes]
        assert [process.returncode for process in processes] == [0] * len(names)
    return said


async def test_processes_may_open_a_new_store_at_the_same_moment(
    path: Path, open_store: OpenStore
) -> None:
    at_the_same_moment("open_and_write", path, ["1", "2", "3"])
    heads = await (await open_store()).heads(10)
    assert [head.dossier_id for head in heads] == [dossier_id(3), dossier_id(2), dossier_id(1)]


async def test_two_processes_on_one_dossier_lose_and_double_nothing(store: SqliteJournal) -> None:
    await store.append(SHARED, 0, [opened(SHARED)])
    ours, theirs = at_the_same_moment("contend", store.path, ["a", "b"])
    acknowledged = sorted(int(seq) for seq in ours + theirs)
    assert acknowledged == list(range(2, 2 * OWN_ENTRIES + 2))
    entries = await store.read(SHARED)
    assert [entry.seq for entry in entries] == [1, *acknowledged]
    said = texts([entry.event for entry in entries])
    assert (said.count("a"), said.count("b")) == (OWN_ENTRIES, OWN_ENTRIES)


async def test_of_several_processes_one_takes_the_claim(store: SqliteJournal) -> None:
    answers = at_the_same_moment("claim", store.path, ["a", "b", "c"])
    assert sorted(answers) == [["False"], ["False"], ["True"]]


async def test_a_killed_process_loses_nothing_that_was_acknowledged(
    path: Path, open_store: OpenStore
) -> None:
    acknowledged = write_until(path, acknowledgements=400)
    store = await open_store()
    assert set(acknowledged) == {dossier_id(number) for number in range(DOSSIERS_AT_ONCE)}
    for dossier, last_seq in acknowledged.items():
        entries = await store.read(dossier)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert len(entries) >= last_seq
        said = texts([entry.event for entry in entries])
        assert said == [f"victim {seq}" for seq in range(1, len(entries))]
        await store.append(dossier, len(entries), [reply("after the crash")])


def write_until(path: Path, acknowledgements: int) -> dict[str, int]:
    """Kill a writing process after so many acknowledgements; the last one of each dossier."""
    last: dict[str, int] = {}
    with worker("write_until_killed", path, "victim") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        lines = [process.stdout.readline() for _ in range(acknowledgements)]
        process.kill()
        # What it had said before it died counts too; the last line may be half a line.
        lines += process.stdout.read().splitlines(keepends=True)
        assert process.wait(PATIENCE_S) < 0
    for line in lines:
        if line.endswith("\n"):
            dossier, seq = line.split()
            last[dossier] = int(seq)
    return last
