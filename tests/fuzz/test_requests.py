"""Resources, prompts and completions that are asked for in every wrong way."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from mcp import MCPError
from mcp_types import INVALID_PARAMS, METHOD_NOT_FOUND, PromptReference, ResourceTemplateReference

from tests.fuzz.hall import Hall, hall
from tests.fuzz.runs import repeated
from tests.fuzz.values import STAND_INS, texts, uris
from tests.server.meeting import ERAS, Era
from tests.support.lengths import SEED, by_the_tenth

REQUESTS = 1000
OTHERS = 500


def check(server: Hall, refusal: MCPError | None) -> None:
    assert server.complaints.lines == []
    if refusal is not None:
        assert refusal.code in (INVALID_PARAMS, METHOD_NOT_FOUND), refusal


@by_the_tenth
@pytest.mark.parametrize("era", ERAS)
def test_no_address_of_a_resource_finds_a_fault_of_ours(
    era: Era, share: float, tmp_path: Path
) -> None:
    with hall(era, tmp_path / "dossiers.db", SEED) as server:
        found: list[str] = []

        def read(data: st.DataObject) -> None:
            uri = server.filled({"uri": data.draw(uris)})["uri"]
            refusal = server.refusal(server.client.read_resource, uri)
            check(server, refusal)
            if refusal is None:
                found.append(uri)

        repeated(int(REQUESTS * share), read)
        for stand_in in STAND_INS[:4]:
            uri = f"magi://dossiers/{server.places[stand_in]}"
            assert server.refusal(server.client.read_resource, uri) is None
        assert all(uri.casefold().startswith("magi://") for uri in found), found
        server.still_answers()


@by_the_tenth
@pytest.mark.parametrize("era", ERAS)
def test_no_prompt_and_no_completion_finds_a_fault_of_ours(
    era: Era, share: float, tmp_path: Path
) -> None:
    with hall(era, tmp_path / "dossiers.db", SEED) as server:
        prompts, refs = offered(server)

        def ask(data: st.DataObject) -> None:
            name = data.draw(st.sampled_from(sorted(prompts)) | texts if prompts else texts)
            known = st.sampled_from(prompts.get(name) or ["topic"])
            given = data.draw(st.dictionaries(known | texts, texts, max_size=4))
            check(server, server.refusal(server.client.get_prompt, name, server.filled(given)))
            ref, argument = data.draw(st.sampled_from(refs))
            wanted = {"name": data.draw(st.just(argument) | texts), "value": data.draw(texts)}
            check(server, server.refusal(server.client.complete, ref, server.filled(wanted)))

        repeated(int(OTHERS * share), ask)
        server.still_answers()


def offered(server: Hall) -> tuple[dict[str, list[str]], list[tuple[Any, str]]]:
    """Prompts with the names of their arguments; what can be completed, and a few that cannot."""
    prompts = {
        prompt.name: [argument.name for argument in prompt.arguments or ()]
        for prompt in server.portal.call(server.client.list_prompts).prompts
    }
    templates = server.portal.call(server.client.list_resource_templates).resource_templates
    refs: list[tuple[Any, str]] = [
        (PromptReference(name=name), argument)
        for name, arguments in {**prompts, "nobody": ["x"]}.items()
        for argument in [*arguments, "nothing"]
    ]
    for uri in [*(each.uri_template for each in templates), "magi://{x}", "%"]:
        refs += [(ResourceTemplateReference(uri=uri), name) for name in ("dossier_id", "preset")]
    return prompts, refs
