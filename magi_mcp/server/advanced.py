"""Server: the argument `advanced`, whose keys stand in no schema. Pure.

Models fill in whatever they see, so these are told only to those who look them up: here, on the
page of the council and in the documentation, which both show the table made from here. What
types cannot tell, ranges and names, is checked where a request becomes a case.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails

from magi_mcp.convening import Request
from magi_mcp.core.case import MAX_ROUNDS
from magi_mcp.core.errors import CallerError, unknown_name
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.words import shortened
from magi_mcp.settings.values import YesOrNo, expecting, listed, unfit

ARGUMENT = "advanced"


def _by_seat(value: object) -> object:
    if not isinstance(value, Mapping):
        raise unfit('an object of numbers by seat, such as {"melchior": 1}')
    return {seat: trust for seat, trust in value.items() if trust is not None}


Text = Annotated[str, expecting("a text")]
Whole = Annotated[int, expecting("a whole number")]
Number = Annotated[float, expecting("a number")]
Texts = Annotated[tuple[Text, ...], listed("a list of texts")]
NumberBySeat = Annotated[Mapping[str, Number], BeforeValidator(_by_seat)]


class Advanced(Frozen):
    """What may be asked of a deliberation beyond the tool's arguments, one field each.

    A field bears the name of the one of ``Request`` that it sets. Its description is what
    people and models read of it; its example is valid.
    """

    seats: Texts = Field(
        default=(),
        description="Who sits on the council instead, one seat each: `model`, `name=model`, and "
        "fallbacks behind it, `name=model|fallback`. Models must be configured or allowed.",
        examples=[["melchior=openai/gpt-4o-mini", "anthropic/claude-sonnet-4-6"]],
    )
    arbiter: Text | None = Field(
        default=None,
        description="A stronger model, asked only where the council splits; it has no vote. "
        "Configured or allowed, as for `seats`.",
        examples=["anthropic/claude-sonnet-4-6"],
    )
    trust: NumberBySeat = Field(
        default={},
        description="How much a seat is trusted, by its name: whose ballot rules where an "
        "escalated split stays one.",
        examples=[{"melchior": 1, "casper": 0.5}],
    )
    language: Text | None = Field(
        default=None,
        description="The language that seats write in, by its name or code.",
        examples=["German"],
    )
    instructions: Text = Field(
        default="",
        description="What every seat is told besides, in its system prompt.",
        examples=["Weigh the cost of waiting."],
    )
    max_rounds: Whole | None = Field(
        default=None,
        description=f"At most so many rounds of critique, 0 to {MAX_ROUNDS}.",
        examples=[1],
    )
    min_rounds: Whole | None = Field(
        default=None,
        description="At least so many, even where all agree; not with the protocol `vote`.",
        examples=[1],
    )
    vote_threshold: Number | None = Field(
        default=None,
        description="The share of counted ballots that a winner must exceed, above 0 and at "
        "most 1; 0.5 by default.",
        examples=[0.66],
    )
    allow_abstain: YesOrNo = Field(
        default=True,
        description="Whether seats may abstain; they may by default.",
        examples=[False],
    )
    rapporteur: Text = Field(
        default="auto",
        description="`always` has a seat write the ruling's text, `auto` only where the method "
        "needs one.",
        examples=["always"],
    )
    rapporteur_prompt: Text = Field(
        default="",
        description="What that seat is told; with it one always writes.",
        examples=["In one paragraph, for the board."],
    )
    anonymous: YesOrNo = Field(
        default=False,
        description="Show neutral voices; seats and models stay in the journal alone.",
        examples=[True],
    )
    max_cost_usd: Number | None = Field(
        default=None,
        description="What it may cost at most, in US dollars; no more than is configured.",
        examples=[0.2],
    )
    max_tokens: Whole | None = Field(
        default=None,
        description="How many tokens it may take, in and out; no more than is configured.",
        examples=[50_000],
    )
    deadline_s: Number | None = Field(
        default=None,
        description="Decide on what there is after so many seconds; no more than is configured.",
        examples=[120],
    )


AdvancedArgument = Annotated[
    dict[str, Any],
    Field(
        default_factory=dict,
        description="Seldom needed; its keys stand in magi://council.",
        json_schema_extra=lambda schema: schema.pop("additionalProperties"),
    ),
]
"""The parameter of a tool that takes such wishes."""


def with_advanced(request: Request, given: Mapping[str, object]) -> Request:
    """The request with what ``given`` says on top; null stands for a key that is not given.

    Raises ``CallerError`` for an unknown key, and for a value of the wrong kind.
    """
    wishes = {key: value for key, value in given.items() if value is not None}
    for key in wishes:
        if key not in Advanced.model_fields:
            raise unknown_name(ARGUMENT, key, Advanced.model_fields)
    try:
        wanted = Advanced.model_validate(wishes)
    except ValidationError as invalid:
        raise _explained(invalid.errors(include_url=False)[0]) from invalid
    fields: dict[str, Any] = {key: getattr(wanted, key) for key in wishes}
    return replace(request, **fields)


def keys_explained() -> Iterator[str]:
    """All keys as the lines of a table in Markdown."""
    yield "| Key | Such as | |"
    yield "|---|---|---|"
    for key, field in Advanced.model_fields.items():
        [example] = field.examples or []
        told = (field.description or "").replace("|", "\\|")
        yield f"| `{key}` | `{json.dumps(example)}` | {told} |"


def _explained(error: ErrorDetails) -> CallerError:
    where = ".".join([ARGUMENT, *map(str, error["loc"])])
    value = shortened(repr(error["input"]), 80)
    problem = error["msg"] if error["type"] == "unfit" else f"is refused: {error['msg']}"
    return CallerError(where, f"{value} {problem}.")
