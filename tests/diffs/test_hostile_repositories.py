"""A repository that names programs to run: none of them is run."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from magi_mcp.core.errors import CallerError
from magi_mcp.diffs.changes import change_in_repository
from tests.diffs.repositories import Repo


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark where it was run."""
    program = tmp_path / "trap.sh"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >> {tmp_path / "sprung"}\ncat\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "evil", {"a.py": "a = 1\n", "b.bin": "b\n", "c.txt": "c\n"})


def sprung(trap: Path) -> str:
    mark = trap.with_name("sprung")
    return mark.read_text() if mark.exists() else ""


@pytest.mark.parametrize(
    ("attributes", "configured"),
    [
        ("", {"core.fsmonitor": "{trap}"}),
        ("", {"diff.external": "{trap}"}),
        ("* diff=evil", {"diff.evil.command": "{trap}"}),
        ("* diff=evil", {"diff.evil.textconv": "{trap}"}),
        ("* filter=evil", {"filter.evil.clean": "{trap}", "filter.evil.smudge": "{trap}"}),
        ("* filter=evil", {"filter.evil.process": "{trap}", "filter.evil.required": "true"}),
        ("* filter=a=b.c", {"filter.a=b.c.clean": "{trap}"}),
        ("", {"core.pager": "{trap}", "pager.diff": "{trap}", "core.editor": "{trap}"}),
        ("", {"core.hooksPath": "{folder}", "core.sshCommand": "{trap}"}),
        ("", {"core.alternateRefsCommand": "{trap}", "gpg.program": "{trap}"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("changes", ["uncommitted", "staged", "HEAD~1...HEAD"])
def test_no_program_that_a_repository_names_is_run(
    repo: Repo, trap: Path, attributes: str, configured: dict[str, str], changes: str
) -> None:
    repo.write({"a.py": "a = 2\n"})
    repo.commit("second")
    repo.write({"a.py": "a = 3\n"})
    repo.git("add", "a.py")
    repo.write({"a.py": "a = 4\n", "new.py": "n = 1\n"})
    (repo.path / ".git" / "info").mkdir(exist_ok=True)
    (repo.path / ".git" / "info" / "attributes").write_text(f"{attributes}\n")
    for hook in ("post-index-change", "fsmonitor-watchman", "pre-commit"):
        place = repo.path / ".git" / "hooks" / hook
        place.write_text(trap.read_text())
        place.chmod(0o755)
    for key, value in configured.items():
        section = value.format(trap=trap, folder=trap.parent)
        repo.git("config", key, section)
    mark = trap.with_name("sprung")
    mark.unlink(missing_ok=True)
    with suppress(CallerError):  # all of it may be kept through a filter
        change_in_repository(repo.path, changes)
    assert sprung(trap) == ""


def test_the_trap_works(repo: Repo, trap: Path) -> None:
    repo.write({"a.py": "a = 2\n"})
    repo.git("config", "diff.external", str(trap))
    repo.git("diff")
    assert str(trap) in sprung(trap)


def test_a_submodule_is_not_entered(repo: Repo, trap: Path, tmp_path: Path) -> None:
    other = Repo(tmp_path / "other", {"x.py": "x\n"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.path), "sub")
    repo.commit("with a submodule")
    sub = Repo.__new__(Repo)
    sub.path = repo.path / "sub"
    sub.git("config", "core.fsmonitor", str(trap))
    sub.write({"x.py": "changed\n"})
    repo.write({"a.py": "a = 2\n"})
    assert [file.path for file in change_in_repository(repo.path).files] == ["a.py"]
    assert sprung(trap) == ""


def test_missing_objects_are_not_fetched_from_a_remote_that_runs_a_program(
    repo: Repo, trap: Path
) -> None:
    blob = repo.git("rev-parse", "HEAD:a.py")
    repo.git("config", "remote.origin.url", f"ext::{trap} %S")
    repo.git("config", "remote.origin.promisor", "true")
    repo.git("config", "extensions.partialClone", "origin")
    repo.git("config", "core.repositoryFormatVersion", "1")
    repo.git("config", "protocol.ext.allow", "always")
    place = repo.path / ".git" / "objects" / blob[:2] / blob[2:]
    place.chmod(0o600)
    place.unlink()
    repo.write({"a.py": "a = 2\n"})
    with pytest.raises(CallerError):
        change_in_repository(repo.path)
    assert sprung(trap) == ""


def test_a_repository_that_claims_the_work_tree_of_others_is_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "diary.txt").write_text("dear diary\n")
    evil = Repo(home / "evil", {"a.py": "a\n"})
    evil.git("config", "core.worktree", str(home))
    with pytest.raises(CallerError, match="no git repository with a work tree of its own"):
        change_in_repository(evil.path)


def test_a_repository_inside_a_folder_of_another_one_is_refused_as_well(tmp_path: Path) -> None:
    home = Repo(tmp_path / "home", {"diary.txt": "dear diary\n"})
    evil = Repo(home.path / "evil", {"a.py": "a\n"})
    evil.git("config", "core.worktree", str(home.path))
    with pytest.raises(CallerError, match="claims the work tree"):
        change_in_repository(evil.path)


def dot_git_file(evil: Path, git: Path) -> None:
    (evil / ".git").write_text(f"gitdir: {git}\n")


def dot_git_link(evil: Path, git: Path) -> None:
    (evil / ".git").symlink_to(git)


def common_folder(evil: Path, git: Path) -> None:
    Repo(evil)
    (evil / ".git" / "commondir").write_text(f"{git}\n")


def work_tree_of(evil: Path, git: Path) -> None:
    own = evil / "parts" / "own"
    own.mkdir(parents=True)
    (evil / ".git").write_text(f"gitdir: {own}\n")
    (own / "gitdir").write_text(f"{evil / '.git'}\n")
    (own / "HEAD").write_text("ref: refs/heads/main\n")
    (own / "commondir").write_text(f"{git}\n")


def borrowed_branch(evil: Path, git: Path) -> None:
    Repo(evil)
    (evil / ".git" / "objects" / "info" / "alternates").write_text(f"{git / 'objects'}\n")
    (evil / ".git" / "refs" / "heads" / "main").symlink_to(git / "refs" / "heads" / "main")


def borrowed_parts(evil: Path, git: Path) -> None:
    Repo(evil)
    for part in ("objects", "refs"):
        (evil / ".git" / part).rename(evil / part)
        (evil / ".git" / part).symlink_to(git / part)


@pytest.mark.parametrize(
    "made",
    [dot_git_file, dot_git_link, common_folder, work_tree_of, borrowed_branch, borrowed_parts],
)
@pytest.mark.parametrize("opened", [True, False])
def test_a_repository_that_is_really_anothers_is_refused(
    tmp_path: Path, made: Callable[[Path, Path], None], *, opened: bool
) -> None:
    private = Repo(tmp_path / "private", {"s.py": "one\n"})
    private.write({"s.py": "private\n"})
    private.commit("second")
    evil = tmp_path / "open" / "evil"
    evil.mkdir(parents=True)
    made(evil, private.path / ".git")
    within = evil.parent if opened else None
    for changes in ("HEAD~1..HEAD", "uncommitted"):
        with pytest.raises(CallerError, match="give a diff as text"):
            change_in_repository(evil, changes, start=evil, within=within)


def test_a_linked_work_tree_and_a_submodule_are_their_own(repo: Repo, tmp_path: Path) -> None:
    linked = tmp_path / "open" / "linked"
    repo.git("worktree", "add", "-q", str(linked))
    above = Repo(tmp_path / "above", {"x.py": "x\n"})
    above.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repo.path), "sub")
    for folder in (linked, above.path / "sub"):
        (folder / "a.py").write_text("a = 2\n")
        change = change_in_repository(folder, start=folder, within=folder)
        assert [file.path for file in change.files] == ["a.py"]


@pytest.mark.parametrize("changes", ["uncommitted", "staged"])
def test_an_index_that_lists_files_of_the_machine_is_refused(
    repo: Repo, tmp_path: Path, changes: str
) -> None:
    secret = tmp_path / "outside.txt"
    secret.write_text("secret\n")
    repo.write({"sub/x.py": "x\n"})
    for wanted in (str(secret), "../outside.txt", "sub/../../outside.txt", ".git/config"):
        stand_in = wanted.replace("/", "_").replace(".", "_")
        repo.write({stand_in: "x\n"})
        repo.git("add", stand_in)
        index = repo.path / ".git" / "index"
        before = index.read_bytes()
        forged = before[:-20].replace(stand_in.encode(), wanted.encode())
        index.write_bytes(forged + hashlib.sha1(forged, usedforsecurity=False).digest())
        with pytest.raises(CallerError, match="which is no file of it"):
            change_in_repository(repo.path, changes)
        index.write_bytes(before)
        repo.git("rm", "-q", "-f", stand_in)


def test_git_variables_of_the_surroundings_have_no_effect(
    repo: Repo, tmp_path: Path, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other", {"x.py": "x\n"})
    other.write({"x.py": "y\n"})
    repo.write({"a.py": "a = 2\n"})
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    assert [file.path for file in change_in_repository(repo.path).files] == ["a.py"]
    assert sprung(trap) == ""


def test_a_name_that_looks_like_an_option_is_a_name(repo: Repo) -> None:
    repo.write({"--output=stolen": "x = 1\n"})
    change = change_in_repository(repo.path, paths=["--output=stolen"])
    assert [file.path for file in change.files] == ["--output=stolen"]
    assert not (repo.path / "stolen").exists()
