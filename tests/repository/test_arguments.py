"""What is told of `files` and `advanced` is so. To renew the table of keys:

MAGI_WRITE_SNAPSHOTS=1 pytest tests/repository/test_arguments.py
"""

import os
import re

from magi_mcp.documents.opening import MAX_FILE_BYTES
from magi_mcp.documents.reading import MAX_FILES, MAX_TEXT_BYTES
from magi_mcp.server.advanced import Advanced, keys_explained
from tests.repository.readme import readme
from tests.repository.wheel import ROOT

PAGE = ROOT / "docs" / "arguments.md"


def test_the_table_of_advanced_keys_is_the_one_made_from_them() -> None:
    table = "\n".join(keys_explained()) + "\n"
    before = re.split(r"^\| Key ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    if os.environ.get("MAGI_WRITE_SNAPSHOTS"):
        PAGE.write_text(before + table, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == before + table


def test_the_sizes_it_gives_are_those_that_are_enforced() -> None:
    told = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"More than {MAX_FILES} files, texts of more than {MAX_TEXT_BYTES // 1000} kB" in told
    assert f"files of more than {MAX_FILE_BYTES // 1_000_000} MB" in told


def test_the_readme_names_every_advanced_key() -> None:
    assert all(f"`{key}`" in readme() for key in Advanced.model_fields)
