"""Line numbers of TOML keys, held against tomllib, which alone decides what is valid."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.toml_lines import KeyPath, TomlFault, key_lines, line_of, parse_toml

SETTINGS = '''\
# personas = 1
personas = "eva"          # lens = 2

[limits]
timeout_s = 60
"odd = key".'[x]' = 1979-05-27 07:32:01.5

[[seats]]
name = "a"
notes = """
[limits]
timeout_s = 1
a \\""" quote, and two more: """""
fallbacks = [
    "one",  # ]
    'two',
    { model = "three", extra = { depth = 1 } },
]
[seats.extra_body]
top.k = 1.5

[[ seats ]]
name = "b"
[seats.extra_body]
top.k = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("personas",), 2),
        (("limits",), 4),
        (("limits", "timeout_s"), 5),
        (("limits", "odd = key", "[x]"), 6),
        (("seats",), 8),
        (("seats", 0), 8),
        (("seats", 0, "name"), 9),
        (("seats", 0, "notes"), 10),
        (("seats", 0, "fallbacks"), 14),
        (("seats", 0, "fallbacks", 1), 16),
        (("seats", 0, "fallbacks", 2, "extra", "depth"), 17),
        (("seats", 0, "extra_body"), 19),
        (("seats", 0, "extra_body", "top", "k"), 20),
        (("seats", 1), 22),
        (("seats", 1, "name"), 23),
        (("seats", 1, "extra_body", "top"), 25),
    ],
)
def test_a_key_is_found_on_its_line(path: KeyPath, line: int) -> None:
    assert key_lines(SETTINGS)[path] == line


def test_a_missing_key_leads_to_the_table_that_lacks_it() -> None:
    assert line_of(SETTINGS, ("seats", 1, "model")) == 22


def test_a_missing_key_of_the_root_leads_to_the_first_line() -> None:
    assert line_of(SETTINGS, ("protocol",)) == 1
    assert line_of("", ("protocol", "name")) == 1


def test_a_table_stands_at_its_own_header_even_after_its_child() -> None:
    assert line_of("[a.b]\nc = 1\n[a]\nd = 1\n", ("a",)) == 3


def test_windows_line_ends_count_once() -> None:
    assert line_of('a = """\r\nx = 1\r\n"""\r\nb = 1\r\n', ("b",)) == 4


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = 1\nb = \nc = 2\n", 2, "Invalid value"),
        ("a = 1\n[b\n\n\n", 2, "Expected"),
        ('a = 1\nb = """never closed\n\n', 2, "Unterminated|Expected"),
        ("a = 1\na = 2\n", 2, "overwrite"),
    ],
)
def test_a_syntax_error_names_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(TomlFault, match=reason) as caught:
        parse_toml(text)
    assert caught.value.line == line
    assert str(line) in str(caught.value)


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_what_tomllib_gives_up_on_is_a_fault_like_any_other(text: str) -> None:
    with pytest.raises(TomlFault, match="not valid TOML") as caught:
        parse_toml(text)
    assert caught.value.line is None


# Documents whose every leaf carries a marker that occurs nowhere else, so that plain text
# search says where the leaf stands; around the markers lies whatever looks like a key.
_NAMES = st.sampled_from(["a", "b", "c-1", '"x.y"', "'= ['", '"\\u0065\\""'])
_DECOYS = st.sampled_from(["", "# a = 1", "#[[a]]", "# ' \" [", " \t"])
_LEAVES = st.sampled_from(
    [
        '"@"',
        "'@ # ]'",
        '"@ \\" ["',
        '"""@\n[a]\nb = 1 \\"""\n"""""',
        "'''@\n[[a]]\n'' = 1'''''",
        '"""@ one more""""',
        "'''@ one more''''",
    ]
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda v: "[ # [\n" + ",\n\n".join(v) + ",]")
        | st.lists(inner, min_size=1, max_size=2).map(
            lambda v: "{ " + ", ".join(f"k{i} . 'm' = {each}" for i, each in enumerate(v)) + " }"
        )
    ),
    max_leaves=4,
)
_STATEMENTS = st.one_of(
    st.builds("{} = {}".format, _NAMES, _VALUES),
    st.builds("{} . {} = {}".format, _NAMES, _NAMES, _VALUES),
    st.builds("[{}]".format, _NAMES),
    st.builds("[{}.{}]".format, _NAMES, _NAMES),
    st.builds("[[ {} ]]".format, _NAMES),
    st.builds("[[{}.{}]]".format, _NAMES, _NAMES),
)


@st.composite
def _documents(draw: st.DrawFn) -> str:
    text = ""
    for statement in draw(st.lists(_STATEMENTS, max_size=12)):
        pieces = statement.split("@")
        marked = pieces[0]
        for piece in pieces[1:]:
            marked += f"<{len(text) + len(marked)}>{piece}"
        longer = f"{text}{marked} {draw(_DECOYS)}\n"
        try:
            tomllib.loads(longer)
        except tomllib.TOMLDecodeError:
            continue  # a repeated key or table: leave this statement out
        text = longer
    return text


def _paths(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, object]]:
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _paths(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*path, index))


@given(_documents())
def test_every_key_of_any_document_is_found_where_its_value_stands(text: str) -> None:
    lines = key_lines(text)
    paths = dict(_paths(tomllib.loads(text)))
    assert set(lines) == set(paths)
    for path, value in paths.items():
        if isinstance(value, str):
            marker = value[: value.index(">") + 1]
            assert text.count("\n", 0, text.index(marker)) + 1 == lines[path]
