"""Files become documents, or are refused in words that say how to give them."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from magi_mcp.core.documents import Document
from magi_mcp.core.errors import CallerError
from magi_mcp.documents.opening import MAX_FILE_BYTES, contents
from magi_mcp.documents.reading import MAX_FILES, MAX_TEXT_BYTES, read_documents
from magi_mcp.documents.roots import Anywhere, OpenFolders, Place, Reach, located

TEN = "".join(f"line {number}\n" for number in range(1, 11))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An open folder with a text in it, beside one that is not open."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "ten.py").write_text(TEN, encoding="utf-8")
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "diary.txt").write_text("Dear diary", encoding="utf-8")
    return folder


def reach(*folders: Path) -> Reach:
    return OpenFolders(folders)


def refusal(*files: str, within: Reach) -> str:
    with pytest.raises(CallerError) as refused:
        read_documents(files, within)
    assert refused.value.argument == "files"
    return refused.value.problem


def test_a_file_is_named_by_its_place_in_the_open_folder(root: Path) -> None:
    assert read_documents(["src/ten.py"], reach(root)) == (Document(name="src/ten.py", text=TEN),)


@pytest.mark.parametrize(
    ("lines", "first", "text", "title"),
    [
        ("3-5", 3, "line 3\nline 4\nline 5\n", "src/ten.py, lines 3-5"),
        ("10", 10, "line 10\n", "src/ten.py, line 10"),
        ("9-", 9, "line 9\nline 10\n", "src/ten.py, lines 9-10"),
        ("1-10", 1, TEN, "src/ten.py, lines 1-10"),
    ],
)
def test_some_of_its_lines_keep_their_numbers(
    root: Path, lines: str, first: int, text: str, title: str
) -> None:
    [document] = read_documents([f"src/ten.py:{lines}"], reach(root))
    assert document == Document(name="src/ten.py", text=text, first_line=first)
    assert document.title == title


def test_lines_stand_behind_their_numbers_all_equally_wide() -> None:
    document = Document(name="a", text="nine\n\n  eleven\n", first_line=9)
    assert document.numbered == " 9 | nine\n10 | \n11 |   eleven"


def test_the_same_file_is_given_once_however_it_is_written(root: Path) -> None:
    ways = ["src/ten.py", "./src/ten.py", "src/../src/ten.py", str(root / "src/ten.py")]
    ways.append(f"/{root}/src/ten.py")
    assert len(read_documents(ways, reach(root))) == 1


def test_a_file_whose_name_ends_like_a_range_comes_before_the_range(root: Path) -> None:
    (root / "a").write_text(TEN, encoding="utf-8")
    (root / "a:2-3").write_text("of its own", encoding="utf-8")
    [document] = read_documents(["a:2-3"], reach(root))
    assert document == Document(name="a:2-3", text="of its own\n")


def test_a_relative_path_is_tried_in_every_open_folder(root: Path) -> None:
    other = root.parent / "other"
    other.mkdir()
    (other / "b.txt").write_text("here", encoding="utf-8")
    [document] = read_documents(["b.txt"], reach(root, other))
    assert (document.name, document.text) == ("b.txt", "here\n")


def test_files_of_one_name_in_two_folders_are_told_apart(root: Path) -> None:
    other = root.parent / "other"
    (other / "src").mkdir(parents=True)
    (other / "src" / "ten.py").write_text("another", encoding="utf-8")
    files = [str(folder / "src" / "ten.py") for folder in (root, other)]
    names = [document.name for document in read_documents(files, reach(root, other))]
    assert names == ["project/src/ten.py", "other/src/ten.py"]


def test_a_link_within_the_open_folder_is_followed_and_named_by_its_target(root: Path) -> None:
    (root / "link").symlink_to(root / "src")
    [document] = read_documents(["link/ten.py"], reach(root))
    assert document.name == "src/ten.py"


def test_an_open_folder_may_be_a_link_itself(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)
    assert read_documents(["src/ten.py"], reach(link)) == read_documents(
        [str(root / "src/ten.py")], reach(link)
    )


@pytest.mark.parametrize(
    "path",
    ["../private/diary.txt", "src/../../private/diary.txt", "../private/none.txt", "/etc/passwd",
     "/etc/none", "..", "/", "../project2/x", "//etc/passwd", "/../etc/passwd"],
)  # fmt: skip
def test_what_lies_outside_is_refused_whether_or_not_it_is_there(root: Path, path: str) -> None:
    told = refusal(path, within=reach(root))
    assert told.startswith(f"'{path}' lies outside the folders that are open: ")
    assert "MAGI_ROOTS" in told


@pytest.mark.parametrize("kind", ["file", "folder", "missing"])
def test_a_link_that_leads_out_is_refused(root: Path, kind: str) -> None:
    targets = {"file": "private/diary.txt", "folder": "private", "missing": "private/none"}
    (root / "link").symlink_to(root.parent / targets[kind])
    path = "link/diary.txt" if kind == "folder" else "link"
    assert "lies outside the folders" in refusal(path, within=reach(root))


def test_a_folder_beside_whose_name_begins_alike_is_outside(root: Path) -> None:
    beside = root.parent / "project-private"
    beside.mkdir()
    (beside / "a").write_text("a", encoding="utf-8")
    assert "lies outside" in refusal("../project-private/a", within=reach(root))


def test_without_an_open_folder_the_refusal_says_how_to_open_one(root: Path) -> None:
    told = refusal("src/ten.py", within=reach())
    assert told.startswith("no folder is open. Have the client declare its roots, or set MAGI_")


def test_an_open_folder_that_is_not_there_or_no_folder_opens_nothing(root: Path) -> None:
    for within in (reach(root / "missing"), reach(root / "src" / "ten.py")):
        assert "there is no such file" in refusal("ten.py", within=within)
        assert "lies outside" in refusal("../other.py", within=within)
    assert "cannot be read" in refusal(".", within=reach(root / "src" / "ten.py"))


@pytest.mark.parametrize("path", ["", "  ", "a\0b", "a\nb", "\ud800", "a\x1b[31m", "\u202ea"])
def test_what_is_no_path_is_refused_before_anything_is_looked_at(root: Path, path: str) -> None:
    assert "is not a path that can stand on a line" in refusal(path, within=reach(root))
    assert "is not a path that can stand on a line" in refusal(path, within=Anywhere(root))


@pytest.mark.parametrize("path", ["none.py", "src/ten.py/x", "x" * 1000, "a/" * 500, "src/ten.PY"])
def test_what_is_not_there_is_refused_by_name(root: Path, path: str) -> None:
    assert "there is no such file." in refusal(path, within=reach(root))
    assert "there is no such file." in refusal(f"{path}:1-2", within=reach(root))


def test_an_endless_path_is_refused_before_it_is_looked_up(root: Path) -> None:
    told = refusal("a/" * 50_000, within=reach(root))
    assert told.endswith(" has more than 1,024 characters.")
    assert len(told) < 200


def test_a_link_to_itself_is_refused(root: Path) -> None:
    (root / "loop").symlink_to(root / "loop")
    assert "cannot be read: " in refusal("loop", within=reach(root))


@pytest.mark.parametrize("path", ["src", "src:1-2", ".", "src/"])
def test_a_folder_is_refused_with_what_to_name(root: Path, path: str) -> None:
    assert refusal(path, within=reach(root)) == (
        f"'{path}' is a folder; name files in it, one by one."
    )


def a_pipe(at: Path) -> None:
    os.mkfifo(at)


def a_socket(at: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(at))


@pytest.mark.parametrize("make", [a_pipe, a_socket])
def test_what_is_no_file_is_refused_without_waiting(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "odd")
    told = refusal("odd", within=reach(tmp_path))
    assert "'odd' is no ordinary file" in told or "'odd' cannot be read: No such device" in told


def test_devices_and_processes_are_refused_to_a_person_too(root: Path) -> None:
    assert "is no ordinary file" in refusal("/dev/zero", within=Anywhere(root))
    for path in ("/proc/self/environ", "//proc/self/environ", "/proc/self/root/proc/1/environ"):
        assert "because of its name" in refusal(path, within=Anywhere(root))


@pytest.mark.parametrize("name", [".env", "key.pem", ".ENV", ".env:1-2"])
def test_credentials_are_refused_because_of_their_name(root: Path, name: str) -> None:
    (root / name.partition(":")[0]).write_text("KEY=sk-planted\n", encoding="utf-8")
    for within in (reach(root), Anywhere(root)):
        told = refusal(name, within=within)
        assert told.startswith(f"'{name}' is refused because of its name: such files hold cred")


def test_credentials_are_refused_whether_or_not_they_are_there(root: Path) -> None:
    assert "because of its name" in refusal("missing.pem", within=reach(root))


def test_no_link_leads_to_credentials_and_none_hides_under_their_name(root: Path) -> None:
    (root / ".env").write_text("KEY=sk-planted\n", encoding="utf-8")
    (root / "harmless.txt").symlink_to(root / ".env")
    (root / "id_rsa").symlink_to(root / "src" / "ten.py")
    assert "because of its name" in refusal("harmless.txt", within=reach(root))
    assert "because of its name" in refusal("id_rsa", within=reach(root))


def test_a_private_key_is_refused_wherever_it_stands_and_the_lines_around_it_pass(
    root: Path,
) -> None:
    begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
    (root / "notes.md").write_text(f"one\n{begin}\nMIIE\n{end}\nfive\n", encoding="utf-8")
    for file in ("notes.md", "notes.md:3", "notes.md:1-2", "notes.md:4-"):
        told = refusal(file, within=reach(root))
        assert told.startswith(f"'{file}' holds a private key in lines 2-4; ")
    [one, five] = read_documents(["notes.md:1", "notes.md:5-"], reach(root))
    assert (one.text, five.text) == ("one\n", "five\n")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é\r\nb\rc\n".encode(), "é\nb\nc\n"),
        ("\ufeffé".encode(), "é\n"),
        ("é\n".encode("utf-16"), "é\n"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é\n"),
        ("a\x0bb\x0cc\u2028d".encode(), "a\x0bb\x0cc\u2028d\n"),
    ],
)
def test_text_is_read_in_every_encoding_that_says_what_it_is(
    tmp_path: Path, data: bytes, text: str
) -> None:
    (tmp_path / "a").write_bytes(data)
    [document] = read_documents(["a"], reach(tmp_path))
    assert document.text == text


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"ab\xff\xfe", "is not UTF-8 at byte 2; save it in that encoding"),
        ("é".encode("latin-1"), "is not UTF-8 at byte 0; "),
        (b"\xff\xfea", "is not UTF-16 at byte 2; "),
        (b"\x7fELF\0\1", "is no text; "),
        ("a".encode("utf-16-le"), "is no text; "),
        ("a".encode("utf-32"), "is no text; "),
        (b"", "there is no text in the file."),
        (b" \n\t\n", "there is no text in the file."),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "a").write_bytes(data)
    assert told in refusal("a", within=reach(tmp_path))


def test_lines_without_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1\n\n\n4\n", encoding="utf-8")
    assert refusal("a:2-3", within=reach(tmp_path)) == "'a:2-3': there is no text in lines 2-3."


def test_the_texts_together_may_be_so_long_and_no_longer(tmp_path: Path) -> None:
    half = "x" * 999 + "\n"
    for name in ("a", "b"):
        (tmp_path / name).write_text(half * (MAX_TEXT_BYTES // 2000), encoding="utf-8")
    (tmp_path / "c").write_text("c", encoding="utf-8")
    assert len(read_documents(["a", "b", "a"], reach(tmp_path))) == 2
    told = refusal("a", "b", "c", within=reach(tmp_path))
    assert told.startswith("with 'c' the texts come to more than 400 kB; name only the lines")
    assert len(read_documents(["a:1-9", "b", "c"], reach(tmp_path))) == 3


def test_a_long_file_is_read_for_some_of_its_lines_up_to_a_bound(tmp_path: Path) -> None:
    with (tmp_path / "long.log").open("wb") as file:
        file.write(b"first\n")
        file.truncate(MAX_FILE_BYTES + 1)
    assert "has more than 20 MB; give an extract" in refusal("long.log:1", within=reach(tmp_path))
    (tmp_path / "long.log").write_bytes(b"first\n" + b"x\n" * 1_000_000)
    [document] = read_documents(["long.log:1"], reach(tmp_path))
    assert document.text == "first\n"


def test_so_many_files_and_no_more(tmp_path: Path) -> None:
    told = refusal(*map(str, range(MAX_FILES + 1)), within=reach(tmp_path))
    assert told == f"{MAX_FILES + 1} given; at most {MAX_FILES} are allowed."


def test_a_name_that_could_break_a_line_is_refused_though_a_link_hides_it(root: Path) -> None:
    (root / "a\nb").write_text("text", encoding="utf-8")
    (root / "link").symlink_to(root / "a\nb")
    assert "holds characters that cannot be shown" in refusal("link", within=reach(root))


def test_a_person_may_give_whatever_they_can_read_named_from_where_they_are(root: Path) -> None:
    here = Anywhere(root / "src")
    files = ["ten.py", "../../private/diary.txt", str(root / "src/ten.py")]
    assert [d.name for d in read_documents(files, here)] == ["ten.py", "diary.txt"]


def of(root: Path, path: str) -> Place:
    place = located(path, reach(root))
    assert place is not None
    return place


@pytest.fixture(params=["step by step", "at once"])
def way_of_opening(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways in which systems let files be opened."""
    way: str = request.param
    if way == "at once":
        monkeypatch.setattr(os, "supports_dir_fd", frozenset())
    return way


def test_both_ways_of_opening_read_the_file(root: Path, way_of_opening: str) -> None:
    assert contents("ten.py", of(root, "src/ten.py")) == TEN.encode()


@pytest.mark.parametrize("swapped", ["src", "src/ten.py"])
def test_a_link_put_there_after_the_check_is_not_followed(
    root: Path, way_of_opening: str, swapped: str
) -> None:
    place = of(root, "src/ten.py")
    (root / swapped).rename(root / "gone")
    private = root.parent / "private"
    (private / "ten.py").write_text("Dear diary", encoding="utf-8")
    (root / swapped).symlink_to(private if swapped == "src" else private / "ten.py")
    with pytest.raises(CallerError, match=r"'given' cannot be read: "):
        contents("given", place)
