"""The SQLite store's file: how it is named, made, upgraded, and when it is refused."""

import asyncio
import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from magi_mcp.core.errors import CallerError, StoreError
from magi_mcp.journal import SqliteJournal
from magi_mcp.journal.location import locate
from magi_mcp.journal.migrations import MIGRATIONS, Migration, latest, statements
from magi_mcp.journal.store_file import Synchronous
from tests.journal.conftest import OpenStore
from tests.journal.samples import ManualClock, dossier_id, opened, reply

FIRST = dossier_id(1)
NOBODY = 65534
NEXT = latest(MIGRATIONS) + 1
WITH_NOTES = (
    *MIGRATIONS,
    Migration(NEXT, "Notes on dossiers.", statements("CREATE TABLE notes (note TEXT)")),
)


async def write_one_dossier(path: Path, clock: ManualClock) -> None:
    journal = await SqliteJournal.open(path, clock)
    await journal.append(FIRST, 0, [opened(FIRST)])
    await journal.read(FIRST)
    await journal.aclose()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def make_with_modes(path: Path, mode: int, directory_mode: int) -> None:
    path.touch()
    path.chmod(mode)
    path.parent.chmod(directory_mode)


def contents(path: Path) -> dict[str, bytes]:
    """The bytes of everything that lies where the store does."""
    return {each.name: each.read_bytes() for each in path.parent.iterdir() if each.is_file()}


def sql(path: Path, *statements_: str) -> list[tuple[object, ...]]:
    """Run statements on the file as another program would; the rows of the last one."""
    with closing(sqlite3.connect(path)) as connection:
        rows: list[tuple[object, ...]] = []
        for statement in statements_:
            rows = connection.execute(statement).fetchall()
        connection.commit()
        return rows


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the superuser's rights, before whom no file is read-only."""
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)


@pytest.fixture
def common_directory() -> Iterator[Path]:
    """A directory that every user can reach; pytest's own is closed to others."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("store", "path"),
    [
        ("sqlite:////var/lib/magi.db", "/var/lib/magi.db"),
        ("/var/lib/magi.db", "/var/lib/magi.db"),
        (Path("/var/lib/magi.db"), "/var/lib/magi.db"),
        ("/odd/na%20me?#.db", "/odd/na%20me?#.db"),
        ("SQLite:////var/lib/magi.db", "/var/lib/magi.db"),
    ],
)
def test_a_store_is_named_by_a_path_or_an_address(store: str | Path, path: str) -> None:
    assert locate(store) == Path(path)


def test_three_slashes_are_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert locate("sqlite:///here/magi.db") == tmp_path / "here" / "magi.db"
    assert locate("magi.db") == tmp_path / "magi.db"


def test_a_tilde_is_the_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert locate("sqlite:///~/magi.db") == locate("~/magi.db") == Path("/home/ada/magi.db")


@pytest.mark.parametrize(
    ("store", "problem"),
    [
        ("postgresql://host/magi", "'postgresql' stores are not known"),
        ("sqlite://magi.db", "three are needed"),
        ("sqlite:///magi.db?mode=ro", "options"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "keeps nothing"),
        (":memory:", "keeps nothing"),
        ("", "names no file"),
        (" ", "names no file"),
        ("a\0b", "names no file"),
        ("~no-such-user-here/magi.db", "home directory"),
    ],
)
async def test_what_names_no_file_is_refused_with_what_does(
    store: str, problem: str, clock: ManualClock
) -> None:
    with pytest.raises(CallerError, match=problem) as error:
        await SqliteJournal.open(store, clock)
    assert error.value.argument == "store"
    assert "sqlite:////absolute/path.db" in error.value.problem


# --- a new file ------------------------------------------------------------------------------


async def test_a_new_store_and_its_directories_are_for_their_owner_alone(
    tmp_path: Path, clock: ManualClock
) -> None:
    path = tmp_path / "a" / "b" / "dossiers.db"
    journal = await SqliteJournal.open(f"sqlite:///{path}", clock)
    await journal.append(FIRST, 0, [opened(FIRST)])
    assert {name: mode_of(path.parent / name) for name in contents(path)} == {
        "dossiers.db": 0o600,
        "dossiers.db-wal": 0o600,
        "dossiers.db-shm": 0o600,
    }
    assert mode_of(path.parent) == mode_of(path.parent.parent) == 0o700
    await journal.aclose()


async def test_what_exists_keeps_its_permissions(path: Path, clock: ManualClock) -> None:
    make_with_modes(path, 0o640, 0o755)
    await write_one_dossier(path, clock)
    assert (mode_of(path), mode_of(path.parent)) == (0o640, 0o755)


async def test_a_store_is_one_file_once_it_is_closed(path: Path, clock: ManualClock) -> None:
    await write_one_dossier(path, clock)
    assert list(contents(path)) == [path.name]


async def test_a_store_outlives_its_process(open_store: OpenStore) -> None:
    first = await open_store()
    entries = await first.append(FIRST, 0, [opened(FIRST), reply("a")])
    await first.aclose()
    second = await open_store()
    assert await second.read(FIRST) == entries
    assert await second.resolve("latest") == FIRST


async def test_one_process_may_open_a_new_store_many_times_at_once(
    path: Path, clock: ManualClock
) -> None:
    journals = await asyncio.gather(*(SqliteJournal.open(path, clock) for _ in range(8)))
    for number, journal in enumerate(journals):
        await journal.append(dossier_id(number), 0, [opened(dossier_id(number))])
    assert len(await journals[0].heads(10)) == 8
    for journal in journals:
        await journal.aclose()


async def test_durability_can_be_chosen(path: Path, clock: ManualClock) -> None:
    levels: dict[Synchronous, int] = {"normal": 1, "full": 2}
    for synchronous, expected in levels.items():
        journal = await SqliteJournal.open(path, clock, synchronous=synchronous)
        level = await journal._writer.run(
            lambda connection: int(connection.execute("PRAGMA synchronous").fetchone()[0])
        )
        assert level == expected
        await journal.aclose()


async def test_a_store_whose_making_was_cut_off_is_made_afresh(
    path: Path, tmp_path: Path, clock: ManualClock
) -> None:
    with closing(sqlite3.connect(tmp_path / "making.db", isolation_level=None)) as making:
        making.execute("PRAGMA cache_size = 1")
        making.execute("BEGIN IMMEDIATE")
        making.execute("CREATE TABLE half_made (x)")
        making.executemany("INSERT INTO half_made VALUES (?)", [("x" * 3000,)] * 100)
        for end in ("", "-journal"):
            shutil.copy(tmp_path / f"making.db{end}", f"{path}{end}")
    await write_one_dossier(path, clock)
    assert sql(path, "SELECT count(*) FROM sqlite_master WHERE name = 'half_made'") == [(0,)]


# --- files that are refused ------------------------------------------------------------------


def a_text_file(path: Path) -> None:
    path.write_text("Dear diary, " * 1000)


def another_programs_database(path: Path) -> None:
    sql(path, "CREATE TABLE bookmarks (url TEXT)")


def another_programs_marked_database(path: Path) -> None:
    sql(path, "PRAGMA application_id = 7")


def a_database_with_a_version_but_no_mark(path: Path) -> None:
    sql(path, "PRAGMA user_version = 1")


def a_truncated_store(path: Path) -> None:
    asyncio.run(write_one_dossier(path, ManualClock()))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def a_store_with_a_broken_schema(path: Path) -> None:
    asyncio.run(write_one_dossier(path, ManualClock()))
    whole = bytearray(path.read_bytes())
    whole[100:1000] = b"\xff" * 900
    path.write_bytes(whole)


def a_newer_store(path: Path) -> None:
    asyncio.run(write_one_dossier(path, ManualClock()))
    sql(path, f"PRAGMA user_version = {NEXT}", "CREATE TABLE novelty (x)")


@pytest.mark.parametrize(
    ("make", "cause", "way_out"),
    [
        (a_text_file, "is not a magi-mcp store", "--store"),
        (another_programs_database, "of another program", "--store"),
        (another_programs_marked_database, "of another program", "--store"),
        (a_database_with_a_version_but_no_mark, "of another program", "--store"),
        (a_truncated_store, "is damaged", "backup"),
        (a_store_with_a_broken_schema, "is damaged", "backup"),
        (a_newer_store, f"version {NEXT}, this program knows up to {NEXT - 1}", "Upgrade"),
    ],
)
async def test_a_file_that_cannot_be_used_is_named_and_left_to_the_last_byte(
    path: Path, clock: ManualClock, make: Callable[[Path], None], cause: str, way_out: str
) -> None:
    await asyncio.to_thread(make, path)
    before = contents(path)
    with pytest.raises(StoreError, match=cause) as error:
        await SqliteJournal.open(path, clock)
    assert str(path) in str(error.value)
    assert way_out in str(error.value)
    assert contents(path)[path.name] == before[path.name]


async def test_a_newer_store_that_crashed_is_left_with_its_log(
    path: Path, tmp_path: Path, clock: ManualClock
) -> None:
    crashed = tmp_path / "crashed" / path.name
    journal = await SqliteJournal.open(path, clock, migrations=WITH_NOTES)
    await journal.append(FIRST, 0, [opened(FIRST)])
    shutil.copytree(tmp_path, crashed.parent, ignore=shutil.ignore_patterns("*-shm", "crashed"))
    await journal.aclose()
    before = contents(crashed)
    assert set(before) == {path.name, f"{path.name}-wal"}
    with pytest.raises(StoreError, match="newer magi-mcp"):
        await SqliteJournal.open(crashed, clock)
    after = contents(crashed)
    assert {name: after[name] for name in before} == before


async def test_a_directory_is_no_store(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path} is a directory.*--store"):
        await SqliteJournal.open(tmp_path, clock)


async def test_a_path_that_cannot_be_created_is_named(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/dossiers\.db cannot be created.*--store"):
        await SqliteJournal.open(tmp_path / "file" / "dossiers.db", clock)


async def test_a_link_to_nowhere_is_refused(path: Path, clock: ManualClock) -> None:
    await asyncio.to_thread(path.symlink_to, path.parent / "gone" / "dossiers.db")
    with pytest.raises(StoreError, match=str(path)):
        await SqliteJournal.open(path, clock)


async def test_a_directory_one_may_not_write_to_is_named(
    common_directory: Path, clock: ManualClock
) -> None:
    with unprivileged(), pytest.raises(StoreError, match="cannot be created: Permission denied"):
        await SqliteJournal.open(common_directory / "dossiers.db", clock)
    assert contents(common_directory / "dossiers.db") == {}


@pytest.mark.parametrize("directory_mode", [0o555, 0o777])
async def test_a_read_only_store_is_refused(
    common_directory: Path, clock: ManualClock, directory_mode: int
) -> None:
    path = common_directory / "dossiers.db"
    await write_one_dossier(path, clock)
    before = contents(path)
    make_with_modes(path, 0o444, directory_mode)
    with unprivileged(), pytest.raises(StoreError, match=r"cannot be .*writable.*--store"):
        await SqliteJournal.open(path, clock)
    assert contents(path)[path.name] == before[path.name]


# --- migrations ------------------------------------------------------------------------------


def test_migrations_are_numbered_without_a_gap_and_explained() -> None:
    assert [each.number for each in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert all(each.why.strip() for each in MIGRATIONS)


async def test_an_older_store_is_brought_up_to_date_and_keeps_its_dossiers(
    path: Path, clock: ManualClock
) -> None:
    await write_one_dossier(path, clock)
    journal = await SqliteJournal.open(path, clock, migrations=WITH_NOTES)
    assert [head.dossier_id for head in await journal.heads(10)] == [FIRST]
    assert len(await journal.append(FIRST, 1, [reply("after the upgrade")])) == 1
    await journal.aclose()
    assert sql(path, "SELECT count(*) FROM notes") == [(0,)]
    assert sql(path, "PRAGMA user_version") == [(NEXT,)]


async def test_steps_that_were_taken_are_not_taken_again(path: Path, clock: ManualClock) -> None:
    for _ in range(2):
        journal = await SqliteJournal.open(path, clock, migrations=WITH_NOTES)
        await journal.aclose()
    assert sql(path, "PRAGMA user_version") == [(NEXT,)]


async def test_a_step_that_fails_leaves_the_store_as_it_was(path: Path, clock: ManualClock) -> None:
    await write_one_dossier(path, clock)
    failing = statements("CREATE TABLE half (x)", "INSERT INTO nowhere VALUES (1)")
    with pytest.raises(StoreError, match="nowhere"):
        await SqliteJournal.open(
            path, clock, migrations=(*WITH_NOTES, Migration(NEXT + 1, "Fails.", failing))
        )
    assert sql(path, "PRAGMA user_version") == [(latest(MIGRATIONS),)]
    assert sql(path, "SELECT name FROM sqlite_master WHERE name IN ('half', 'notes')") == []


async def test_a_running_program_stops_writing_once_a_newer_one_has_upgraded_the_store(
    path: Path, clock: ManualClock
) -> None:
    older = await SqliteJournal.open(path, clock)
    await older.append(FIRST, 0, [opened(FIRST)])
    newer = await SqliteJournal.open(path, clock, migrations=WITH_NOTES)
    with pytest.raises(StoreError, match="newer magi-mcp"):
        await older.append(FIRST, 1, [reply("a")])
    assert len(await newer.append(FIRST, 1, [reply("b")])) == 1
    await older.aclose()
    await newer.aclose()
