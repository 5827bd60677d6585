"""Thousands of calls of every tool: each is answered, or refused by the name of what is wrong.

All of them are 5,000; a tenth of them are made in every run.
"""

from pathlib import Path

import pytest
from hypothesis import strategies as st

from tests.fuzz.hall import hall
from tests.fuzz.runs import repeated
from tests.fuzz.values import arguments
from tests.server.meeting import ERAS, Era
from tests.support.lengths import SEED, by_the_tenth

CALLS: dict[Era, int] = {"auto": 4000, "legacy": 1000}


@by_the_tenth
@pytest.mark.parametrize("era", ERAS)
def test_no_call_of_a_tool_finds_a_fault_of_ours(era: Era, share: float, tmp_path: Path) -> None:
    number = int(CALLS[era] * share)
    with hall(era, tmp_path / "dossiers.db", SEED) as server:
        made = dict.fromkeys(server.tools, 0)

        def call(data: st.DataObject) -> None:
            name = data.draw(st.sampled_from(sorted(server.tools)))
            given = data.draw(arguments(server.tools[name].input_schema))
            server.try_out(name, server.filled(given))
            made[name] += 1

        repeated(number, call)
        server.still_answers()
        assert sum(made.values()) == number
        assert min(made.values()) > 0
