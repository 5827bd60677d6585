"""Escaped text is shown as it is and does nothing, whatever stands in it."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from magi_mcp.core.markup import escaped
from magi_mcp.core.normal_form import one_line
from tests.properties.search import examples

PIECES = [
    *"\\`*_{}[]()<>#+-.!|~=&:;\"'/@ \t\n\r\x1b\u202e\u00a0\u3000\u2028ab1",
    *("\n\n", "---", "===", "1.", "2)", "www.", "http://x.y", "<b>", "&amp;", "&#35;", "![x](y)"),
    *("[a]: b", "```", "~~~", "    ", "> ", "# ", ":-", "|-|", "a|b\n-|-"),
]
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@examples(300)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_escaped_text_is_paragraphs_of_just_these_lines(text: str) -> None:
    blocks = PARSER.parse("Before.\n\n" + escaped(text))
    assert {block.type for block in blocks} <= {"paragraph_open", "inline", "paragraph_close"}
    shown: list[str] = []
    for paragraph in (block.children or [] for block in blocks[3:] if block.type == "inline"):
        assert {child.type for child in paragraph} <= {"text", "text_special", "softbreak"}
        words = ("\n" if c.type == "softbreak" else c.content for c in paragraph)
        shown += "".join(words).split("\n")
    assert shown == [line for line in map(one_line, text.splitlines()) if line]


@examples(100)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_escaped_text_stays_in_its_cell(text: str) -> None:
    cell = escaped(one_line(text))
    rows = PARSER.parse(f"| one | two |\n|---|---|\n| {cell} | x |\n")
    assert [token.type for token in rows].count("td_open") == 2
    assert [token.type for token in rows].count("tr_open") == 2
    contents = [token.content for token in rows if token.type == "inline"]
    assert contents[-1] == "x"
