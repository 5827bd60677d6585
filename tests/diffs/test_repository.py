"""A change read from a repository: what is meant by which words, and what never happens."""

import os
from pathlib import Path

import pytest

from magi_mcp.core.errors import CallerError
from magi_mcp.core.reviewing.change import Change, ChangedFile
from magi_mcp.diffs.changes import change_in_repository
from tests.diffs.repositories import Repo

ATTRIBUTES = "gen.py linguist-generated\n*.big filter=lfs\nlib/* linguist-vendored=true\n"
LINES = "".join(f"line {n}\n" for n in range(1, 61))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "shop", {"a.py": LINES, "pkg/b.py": "b = 1\n", "gone.py": "x = 1\n"})


def by_path(change: Change) -> dict[str, ChangedFile]:
    return {file.path: file for file in change.files}


def test_uncommitted_is_staged_unstaged_and_new_to_git(repo: Repo) -> None:
    repo.write({"a.py": LINES.replace("line 30\n", "LINE 30\n")})
    repo.git("add", "a.py")
    repo.write({"pkg/b.py": "b = 2\n", "new.py": "n = 1\n", "ignored.log": "l\n"})
    repo.write({".gitignore": "*.log\n"})
    repo.git("rm", "-q", "gone.py")
    change = change_in_repository(repo.path)
    assert sorted(by_path(change)) == [".gitignore", "a.py", "gone.py", "new.py", "pkg/b.py"]
    assert by_path(change)["new.py"].notes == ("new to git",)
    assert by_path(change)["gone.py"].change == "deleted"
    assert change.scope == "uncommitted changes of shop: 5 files, 4 lines added, 3 removed"


def test_staged_is_what_the_index_holds_and_not_what_lies_in_the_work_tree(repo: Repo) -> None:
    repo.write({"a.py": LINES.replace("line 30\n", "LINE 30\n")})
    repo.git("add", "a.py")
    repo.write({"a.py": LINES.replace("line 30\n", "something else\n"), "new.py": "n\n"})
    (file,) = change_in_repository(repo.path, "staged").files
    (hunk,) = file.hunks
    assert "+LINE 30" in hunk.body
    assert "line 15" in hunk.before


def test_two_revisions_are_compared_from_where_they_parted(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    repo.write({"pkg/b.py": "b = 2\n"})
    repo.commit("on the topic")
    repo.git("checkout", "-q", "main")
    repo.write({"a.py": "all new\n"})
    repo.commit("meanwhile")
    repo.git("checkout", "-q", "topic")
    assert [*by_path(change_in_repository(repo.path, "main...HEAD"))] == ["pkg/b.py"]
    assert [*by_path(change_in_repository(repo.path, "main..topic"))] == ["a.py", "pkg/b.py"]


def test_the_first_commit_can_be_reviewed_before_it_is_made(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "fresh")
    repo.write({"a.py": "a = 1\n", "b.py": "b = 1\n"})
    repo.git("add", "a.py")
    assert [*by_path(change_in_repository(repo.path))] == ["a.py", "b.py"]
    assert [*by_path(change_in_repository(repo.path, "staged"))] == ["a.py"]


def test_the_code_around_a_hunk_comes_from_the_new_file_and_is_shown_once(repo: Repo) -> None:
    edited = LINES.replace("line 20\n", "LINE 20\n").replace("line 30\n", "LINE 30\n")
    repo.write({"a.py": edited})
    (file,) = change_in_repository(repo.path).files
    shown = [
        number
        for hunk in file.hunks
        for number in [
            *range(hunk.new_start - len(hunk.before), hunk.new_lines.stop + len(hunk.after))
        ]
    ]
    assert shown == list(range(5, 46))


def test_renames_and_modes_are_told(repo: Repo) -> None:
    repo.git("mv", "a.py", "moved.py")
    (repo.path / "pkg" / "b.py").chmod(0o755)
    files = by_path(change_in_repository(repo.path))
    assert (files["moved.py"].change, files["moved.py"].old_path) == ("renamed", "a.py")
    assert files["pkg/b.py"].notes == ("mode changed from 100644 to 100755",)


def test_paths_choose_and_those_outside_are_refused(repo: Repo) -> None:
    repo.write({"a.py": "a\n", "pkg/b.py": "b = 2\n", "pkg/n.py": "n\n"})
    assert [*by_path(change_in_repository(repo.path, paths=["pkg"]))] == ["pkg/b.py", "pkg/n.py"]
    inside = repo.path / "pkg"
    assert [*by_path(change_in_repository(inside, paths=["b.py"], start=inside))] == ["pkg/b.py"]
    for path in ("../other.py", "/etc/passwd", "pkg/../../x"):
        with pytest.raises(CallerError, match="lies outside of the repository"):
            change_in_repository(repo.path, paths=[path])


def test_a_path_is_no_pattern(repo: Repo) -> None:
    repo.write({"a.py": "a\n", "pkg/b.py": "b = 2\n"})
    with pytest.raises(CallerError, match="nothing is uncommitted under"):
        change_in_repository(repo.path, paths=["*.py"])


def test_only_what_lies_in_an_open_folder_is_read_of_a_larger_repository(repo: Repo) -> None:
    repo.write({"a.py": "secret of the others\n", "pkg/b.py": "b = 2\n"})
    within = repo.path / "pkg"
    change = change_in_repository(within, start=within, within=within)
    assert [*by_path(change)] == ["pkg/b.py"]
    with pytest.raises(CallerError, match="outside of the folders that are open"):
        change_in_repository(within, paths=["../a.py"], start=within, within=within)


def test_names_of_any_kind_are_read(repo: Repo) -> None:
    names = ["é ü.py", 'quo"ted.py', "tab\there.py", "日本.py", "dash -- b.py"]
    repo.write(dict.fromkeys(names, "x = 1\n"))
    repo.commit("odd names")
    repo.write(dict.fromkeys(names, "x = 2\n"))
    change = change_in_repository(repo.path)
    assert sorted(by_path(change)) == sorted(name.replace("\t", "\\t") for name in names)
    assert all(file.hunks[0].body == ("-x = 1", "+x = 2") for file in change.files)


def test_credentials_are_never_part_of_a_change(repo: Repo) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
    repo.write({".env": "TOKEN=abc\n", "deploy/id_rsa": "k\n", "notes.txt": key, "a.py": "a\n"})
    change = change_in_repository(repo.path)
    assert [*by_path(change)] == ["a.py"]
    assert {each.file for each in change.skipped} == {".env", "deploy/id_rsa", "notes.txt"}
    assert all("never sent" in each.why for each in change.skipped)
    assert "TOKEN" not in change.model_dump_json()


@pytest.mark.parametrize("line", ["above = 1", "MIIB5", "below = 1"])
def test_no_line_of_a_private_key_is_shown_around_a_change_or_within_it(
    repo: Repo, line: str
) -> None:
    body = "\n".join(f"MIIB{number}" for number in range(10))
    key = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"
    gap = "\n" * 5
    text = f"above = 1{gap}KEY = '''{key}'''{gap}below = 1\n"
    repo.write({"conf.py": text, "a.py": "a\n"})
    repo.commit("a key")
    repo.write({"conf.py": text.replace(line, "changed"), "a.py": "b\n"})
    change = change_in_repository(repo.path)
    assert [*by_path(change)] == ["a.py"]
    assert [(each.file, "private key" in each.why) for each in change.skipped] == [
        ("conf.py", True)
    ]


def test_links_are_not_followed(repo: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("secret = 1\n")
    (repo.path / "link.py").symlink_to(outside / "secret.py")
    repo.write({"a.py": "a\n"})
    change = change_in_repository(repo.path)
    assert "secret = 1" not in change.model_dump_json()
    assert [each.file for each in change.skipped] == ["link.py"]


def test_what_attributes_call_generated_or_keep_through_a_filter_is_skipped(repo: Repo) -> None:
    repo.write({".gitattributes": ATTRIBUTES})
    repo.write({"gen.py": "g\n", "x.big": "x\n", "lib/v.py": "v\n", "a.py": "a\n"})
    change = change_in_repository(repo.path)
    assert sorted(by_path(change)) == [".gitattributes", "a.py"]
    assert {each.file for each in change.skipped} == {"gen.py", "x.big", "lib/v.py"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("uncommitted", "nothing is uncommitted; to review commits, give two revisions"),
        ("staged", "nothing is staged; stage it with `git add`, or review what is uncommitted."),
        ("main...HEAD", "holds no change"),
        ("nowhere...HEAD", "'nowhere' is no revision of this repository"),
        ("--output=x...HEAD", "'--output=x' cannot be a revision"),
        ("HEAD", "is none of 'uncommitted', 'staged' and two revisions"),
        ("...HEAD", "is none of"),
    ],
)
def test_what_cannot_be_reviewed_is_told_with_what_to_do(
    repo: Repo, changes: str, told: str
) -> None:
    with pytest.raises(CallerError) as refused:
        change_in_repository(repo.path, changes)
    assert told in str(refused.value)


def test_a_folder_without_a_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="is in no git repository with a work tree of its own"):
        change_in_repository(tmp_path)
    with pytest.raises(CallerError, match="is no folder"):
        change_in_repository(tmp_path / "nowhere")


def test_too_large_a_change_is_refused_with_what_to_do(repo: Repo) -> None:
    repo.write({"a.py": "x" * 99 + "\n"})
    repo.write({"big.py": ("y" * 99 + "\n") * 50_000})
    repo.git("add", "-A")
    with pytest.raises(CallerError, match="has more than 4 MB; review it in steps"):
        change_in_repository(repo.path, "staged")


def test_a_file_that_was_only_touched_is_no_change(repo: Repo) -> None:
    os.utime(repo.path / "gone.py", (1, 1))
    repo.write({"a.py": "changed\n"})
    assert [*by_path(change_in_repository(repo.path))] == ["a.py"]


def test_nothing_in_the_repository_is_changed_by_reading_it(repo: Repo) -> None:
    repo.write({"a.py": "changed\n", "pkg/b.py": "b = 2\n", "new.py": "n\n"})
    repo.git("add", "pkg/b.py")
    os.utime(repo.path / "gone.py", (1, 1))  # the index would be refreshed for this
    before = repo.fingerprint()
    for changes in ("uncommitted", "staged"):
        change_in_repository(repo.path, changes)
    assert repo.fingerprint() == before
