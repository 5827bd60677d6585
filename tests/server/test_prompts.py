"""The prompts, and what is offered to somebody who has begun to type."""

import re

import pytest
from mcp import MCPError
from mcp_types import PromptReference, ResourceTemplateReference, TextContent

from magi_mcp.core.case import METHODS
from magi_mcp.server.guides import FOCUSES
from magi_mcp.server.tools import council_tools
from tests.server.meeting import SHIP, Era, Meeting, meeting, verdict_in
from tests.support.councils import ballot

INVALID_PARAMS = -32602
ARGUMENTS = {
    "convene": {"question": "Do we {ship} on Friday?"},
    "second_opinion": {"question": "Is it {safe}?", "answer": "Yes; {because}."},
    "review_changes": {"focus": "security"},
    "premortem": {"plan": "Move {everything} on Saturday."},
}


async def filled(hall: Meeting, name: str, arguments: dict[str, str] | None = None) -> str:
    prompt = await hall.client.get_prompt(name, ARGUMENTS[name] if arguments is None else arguments)
    [message] = prompt.messages
    assert message.role == "user"
    assert isinstance(message.content, TextContent)
    return message.content.text


async def test_the_four_prompts_are_listed_with_what_they_take(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        prompts = (await hall.client.list_prompts()).prompts
    listed = {
        prompt.name: [(each.name, each.required) for each in prompt.arguments or ()]
        for prompt in prompts
    }
    assert listed == {
        "convene": [("question", True)],
        "second_opinion": [("question", True), ("answer", True)],
        "review_changes": [("focus", False)],
        "premortem": [("plan", True)],
    }
    assert all(prompt.title and prompt.description for prompt in prompts)


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_prompt_holds_its_arguments_as_they_were_given(era: Era, name: str) -> None:
    async with meeting(era, SHIP) as hall:
        text = await filled(hall, name)
    for value in ARGUMENTS[name].values():
        assert value in text


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_prompt_names_only_what_there_is(name: str) -> None:
    async with meeting("auto", SHIP) as hall:
        text = await filled(hall, name)
    named = set(re.findall(r"`([a-z_]+)`", text))
    tools = {tool.name: tool for tool in council_tools()}
    known = set(tools) | set(METHODS) | set(tools["deliberate"].parameters["properties"])
    assert "deliberate" in named
    assert named - known <= {"running", "awaiting_replies"}
    assert "never put the same question twice" in text


async def test_a_review_without_a_focus_looks_at_everything(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        text = await filled(hall, "review_changes", {})
    assert "above all" not in text.partition("\n")[0]
    assert "review my changes." in text


async def test_a_second_opinion_is_asked_for_without_showing_the_first(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        assert "leave the answer out" in await filled(hall, "second_opinion")


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("convene", {}, "question is required: What is to be decided"),
        ("convene", {"question": "  "}, "question is blank"),
        ("convene", {"qestion": "x"}, "'qestion' is not known. Did you mean 'question'?"),
        ("second_opinion", {"question": "x"}, "answer is required"),
        ("convoke", {}, "'convoke' is not known"),
    ],
)
async def test_a_prompt_that_cannot_be_filled_is_refused_by_name(
    era: Era, name: str, arguments: dict[str, str], told: str
) -> None:
    async with meeting(era, SHIP) as hall:
        with pytest.raises(MCPError) as refusal:
            await hall.client.get_prompt(name, arguments)
    assert refusal.value.code == INVALID_PARAMS
    assert told in refusal.value.message


async def offered(
    hall: Meeting, ref: PromptReference | ResourceTemplateReference, **typed: str
) -> list[str]:
    [(name, value)] = typed.items()
    completion = (await hall.client.complete(ref, {"name": name, "value": value})).completion
    assert len(completion.values) <= 20
    return completion.values


def template(tail: str = "") -> ResourceTemplateReference:
    return ResourceTemplateReference(uri=f"magi://dossiers/{{dossier_id}}{tail}")


@pytest.mark.parametrize("tail", ["", "/verdict", "/minority", "/transcript", "/events"])
async def test_dossiers_are_offered_by_id_and_by_words_of_the_question(era: Era, tail: str) -> None:
    async with meeting(era, {"melchior": lambda ask: ballot("yes")}) as hall:
        first, second = [
            verdict_in(await hall.ask(question=question, method="yes_no"))["dossier_id"]
            for question in ("Do we ship the release?", "Do we hire?")
        ]
        assert await offered(hall, template(tail), dossier_id="") == ["latest", second, first]
        assert await offered(hall, template(tail), dossier_id=first[:8]) != []
        assert await offered(hall, template(tail), dossier_id=first) == [first]
        assert await offered(hall, template(tail), dossier_id=first[-8:]) == [first]
        assert await offered(hall, template(tail), dossier_id="ship") == [first]
        assert await offered(hall, template(tail), dossier_id="lat") == ["latest"]
        assert await offered(hall, template(tail), dossier_id='"*') == []


async def test_presets_are_offered_by_their_beginning(era: Era) -> None:
    ref = ResourceTemplateReference(uri="magi://personas/{preset}")
    async with meeting(era, SHIP) as hall:
        every = await offered(hall, ref, preset="")
        assert "eva" in every
        assert await offered(hall, ref, preset="EV") == ["eva"]
        assert await offered(hall, ref, preset="zzz") == []


async def test_foci_and_earlier_questions_are_offered_to_prompts(era: Era) -> None:
    async with meeting(era, SHIP) as hall:
        await hall.ask(question="Do we ship the release?", method="yes_no")
        review = PromptReference(name="review_changes")
        assert await offered(hall, review, focus="") == list(FOCUSES)
        assert await offered(hall, review, focus="se") == ["security"]
        convene = PromptReference(name="convene")
        assert await offered(hall, convene, question="do we sh") == ["Do we ship the release?"]
        assert await offered(hall, convene, question="") == ["Do we ship the release?"]
        assert await offered(hall, PromptReference(name="premortem"), plan="x") == []
