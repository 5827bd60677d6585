"""Server: the prompts, by which a person has their model ask the council, and ask it well.

Each says what to call with what, what the council must be told, and what is to come back; a
model that follows it needs to know nothing else of this server.
"""

from collections.abc import Mapping
from typing import Annotated

from mcp import MCPError
from mcp.server.mcpserver.prompts import Prompt
from mcp_types import INVALID_PARAMS
from pydantic import Field

from magi_mcp.core.errors import unknown_name

FOCUSES = (
    "correctness",
    "security",
    "error handling",
    "concurrency",
    "performance",
    "data loss",
    "API design",
    "tests",
    "readability",
)
"""What reviews are often about; any other focus will do."""

_AFTERWARDS = """\
While a result says `running` or `awaiting_replies`, do what its next_step says instead of \
answering yourself, and never put the same question twice. Where the council did not rule, say so; \
do not pick a side in its name."""

_CONTEXT = """\
The council sees nothing of this conversation: put every fact, constraint, number and text that \
bears on it into `context`, in full and without your own conclusion."""

CONVENE = f"""\
Have the council of language models decide this question, with the tool `deliberate`:

{{question}}

1. Look with `search_dossiers` whether the council has decided it before. If so, and nothing has \
changed, give that ruling and stop.
2. Put the question so that it is understandable by itself. {_CONTEXT} If a fact is missing that \
only I know, ask me first.
3. Choose the method: `options` with the choices spelt out where I am choosing between some; \
`yes_no` for a decision; `probability` for a forecast; `majority` for an open question; \
`consensus` for a text all can accept; `synthesis` where I want all views. For questions of fact \
set personas to ["none"].
4. Give me the ruling, how the votes split, the strongest argument against it, and what would \
change it. Tell me apart what the council found and what you think of it.

{_AFTERWARDS}"""

SECOND_OPINION = f"""\
I want a second opinion from the council of language models on this answer.

The question:
{{question}}

The answer I have:
{{answer}}

1. Put the question to the council with `deliberate`, and leave the answer out: an opinion that \
has seen another one is no second opinion. {_CONTEXT}
2. Take `options` where the answer chose between some (they may include its choice, unmarked), \
`yes_no` where it decided, `probability` where it forecast, else `majority`. For questions of \
fact set personas to ["none"].
3. Compare. Say first whether the council agrees with the answer; then where they part, whose \
reason is better and why, what the council's minority holds, and what I could check to find out. \
Where they agree, say what that rests on, and not that it is therefore certain.

{_AFTERWARDS}"""

REVIEW_CHANGES = f"""\
Have the council of language models review my changes{{about}}.

1. Call `review_code`{{with_focus}} and let it run git by itself; where it may read no repository, \
give it the diff. Where it finds nobody to ask, get the diff yourself and put it to `deliberate` \
with method `yes_no`: "Should this change be merged as it stands?" The whole diff goes into \
`context`, with what the change is for{{and_focus}}. {_CONTEXT}
2. Check each finding against the code before you repeat it; drop what is not so, and say that \
you did. Mend nothing before I have asked for it.
3. Give me what is confirmed first, each with file and line, why, and how it could be mended; then \
what is disputed, with both sides; then what was not read.
4. Where there are several ways to mend something and the choice matters, offer to put them to \
`deliberate`.

{_AFTERWARDS}"""

PREMORTEM = f"""\
Have the council of language models hold a premortem on this plan, before I commit to it:

{{plan}}

1. Call `deliberate` with method `synthesis` and this question: "It is a year from now, and this \
plan has failed. What went wrong, and what was the first sign of it?" {_CONTEXT} The plan itself \
goes there too, with its goal, its date, and who depends on it.
2. Give me the causes, the likeliest and the costliest first: for each how it comes about, the \
earliest sign I could watch for, and the cheapest thing to do about it now. Then the blind spots, \
and what the voices contradict each other on.
3. Say plainly whether one of them is reason enough to change the plan, and which step I should \
not take before it is mended.

{_AFTERWARDS}"""

Question = Annotated[str, Field(description="What is to be decided, in your own words.")]
Answered = Annotated[str, Field(description="The question that was answered.")]
Answer = Annotated[str, Field(description="The answer you have, in full.")]
Focus = Annotated[
    str, Field(description="What to look at above all, e.g. security; all if left out.")
]
Plan = Annotated[str, Field(description="The plan, as far as it stands.")]


async def convene(question: Question) -> str:
    """Have the council decide a question."""
    return CONVENE.format(question=_given("question", question))


async def second_opinion(question: Answered, answer: Answer) -> str:
    """Have the council answer a question afresh, and compare."""
    return SECOND_OPINION.format(
        question=_given("question", question), answer=_given("answer", answer)
    )


async def review_changes(focus: Focus = "") -> str:
    """Have the council review a change before it is merged."""
    about = focus.strip()
    return REVIEW_CHANGES.format(
        about=f", above all their {about}" if about else "",
        with_focus=f' with focus "{about}"' if about else "",
        and_focus=f", and the wish to look at {about} above all" if about else "",
    )


async def premortem(plan: Plan) -> str:
    """Have the council imagine that a plan has failed, and say why."""
    return PREMORTEM.format(plan=_given("plan", plan))


def council_prompts() -> list[Prompt]:
    """Every prompt of the server, in the order in which they are listed."""
    return [
        Prompt.from_function(convene, title="Convene the council"),
        Prompt.from_function(second_opinion, title="Get a second opinion"),
        Prompt.from_function(review_changes, title="Review my changes"),
        Prompt.from_function(premortem, title="Hold a premortem"),
    ]


def check_arguments(prompt: Prompt, given: Mapping[str, object]) -> None:
    """Refuse arguments that a prompt cannot take, by name. Raises ``MCPError``."""
    known = {argument.name: argument for argument in prompt.arguments or ()}
    for name in given:
        if name not in known:
            raise MCPError(INVALID_PARAMS, str(unknown_name("argument", name, known)))
    for name, argument in known.items():
        if argument.required and name not in given:
            raise MCPError(INVALID_PARAMS, f"{name} is required: {argument.description}")


def _given(name: str, text: str) -> str:
    if not text.strip():
        raise MCPError(INVALID_PARAMS, f"{name} is blank; say what the council is to hear of it.")
    return text.strip()
