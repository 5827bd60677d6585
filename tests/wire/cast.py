"""A council that disagrees, for the provider: models that answer whatever form they are asked for.

Which form that is, is read from the JSON schema of the request and from nothing else, as a
real model would; what a model then says follows from its part alone. Nobody ever changes its
mind, so that the calls of every method and protocol can be counted by hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from magi_mcp.core.case import MethodName
from tests.provider import Behaviour, ChatRequest, Replies, Say, TokenCounts

QUESTION = "Should 4.2 ship on Friday?"
OPTIONS = ("Ship on Friday", "Ship on Monday", "Drop it")
JUDGE = "mistral-judge"
ARBITER = f"openai/{JUDGE}"
ARBITERS_ARGUMENT = "A way back that nobody has tried is none."
MODELS: Mapping[str, str] = {
    "melchior": "gpt-melchior",
    "balthasar": "claude-balthasar",
    "casper": "gemini-casper",
}
"""The seats' models: of three families, as their names say, and in no list of prices."""

SEAT_STRINGS = tuple(f"{seat}=openai/{model}" for seat, model in MODELS.items())
DRAFTED = "Ship 4.2 as soon as a rollback has been rehearsed with rows it has written."
ACCOUNT = "All want 4.2 out soon; they part over whether Friday leaves time for a way back."
BLIND_SPOT = "Nobody has asked the partner."

_ON_MONDAY = "monday"


@dataclass(frozen=True)
class Part:
    """What one seat thinks: the position it takes in each kind of method, and why.

    ``scores`` are for the drafts of the others, by their authors.
    """

    closed: str
    option: str
    probability: str
    words: str
    argument: str
    would_flip: str
    accepts: bool
    draft: str
    scores: Mapping[str, int]


PARTS: Mapping[str, Part] = {
    "melchior": Part(
        closed="yes",
        option="A",
        probability="0.2",
        words="Ship on Friday",
        argument="The rehearsal took four minutes and the migration is additive.",
        would_flip="A rehearsal that takes more than ten minutes.",
        accepts=True,
        draft="Dear all, 4.2 ships on Friday at noon; call Ada if anything looks odd.",
        scores={"balthasar": 5, "casper": 6},
    ),
    "balthasar": Part(
        closed="yes",
        option="A",
        probability="0.3",
        words="Release it this Friday",
        argument="Waiting costs the launch, which two partners have announced.",
        would_flip="A partner who would rather wait.",
        accepts=True,
        draft="Friday, noon: 4.2. Expect ten quiet minutes. Support is staffed until six.",
        scores={"melchior": 6, "casper": 8},
    ),
    "casper": Part(
        closed="no",
        option="B",
        probability="0.7",
        words="Wait until Monday",
        argument="Rollback covers code, not rows, and nobody is on call on Saturday.",
        would_flip="A rollback rehearsed with rows that 4.2 has written.",
        accepts=False,
        draft="4.2 ships on Monday. Until then it runs for us alone; tell us what breaks.",
        scores={"melchior": 9, "balthasar": 3},
    ),
}


def cast(method: MethodName, parts: Mapping[str, Part] = PARTS) -> dict[str, Replies]:
    """Replies by model, the arbiter's among them; ``parts`` are those of the seats."""

    def plays(part: Part | None) -> Replies:
        def answer(request: ChatRequest) -> Behaviour:
            usage = TokenCounts(1000 + request.number, 100 + request.number)
            return Say(Say.json(**_reply(method, parts, part, request)).text, usage=usage)

        return answer

    return {JUDGE: plays(None), **{MODELS[seat]: plays(part) for seat, part in parts.items()}}


def _reply(
    method: MethodName, parts: Mapping[str, Part], part: Part | None, request: ChatRequest
) -> dict[str, JsonValue]:
    properties = (request.json_schema or {}).get("properties")
    assert isinstance(properties, dict), f"{request.model} was asked for no JSON object"
    if part is None:
        choice = _choice(properties, request.prompt)
        return {**_ballot(PARTS["casper"], choice), "argument": ARBITERS_ARGUMENT}
    if "groups" in properties:
        return {"groups": _groups(request.prompt)}
    if "ratings" in properties:
        return {"ratings": _ratings(parts, part, request.prompt)}
    if "position" in properties:
        return _ballot(part, _position(method, part, properties["position"]))
    return _statement(method, part, properties)


def _statement(
    method: MethodName, part: Part, properties: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """A text, and one point in every list that is asked for beside it."""
    text = part.draft if method == "compose" else ACCOUNT
    if method == "consensus":
        text = DRAFTED
    points: dict[str, JsonValue] = {
        key: [BLIND_SPOT if key == "blind_spots" else f"A point of {key.replace('_', ' ')}."]
        for key in properties
        if key != "text"
    }
    return {"text": text, **points}


def _ballot(part: Part, position: str) -> dict[str, JsonValue]:
    return {
        "argument": part.argument,
        "position": position,
        "would_flip": part.would_flip,
        "confidence": 0.7,
        "needs": ["Who is on call on Saturday?"],
        "because": None,
    }


def _position(method: MethodName, part: Part, schema: JsonValue) -> str:
    allowed = schema.get("enum", []) if isinstance(schema, dict) else []
    assert isinstance(allowed, list)
    if "object" in allowed:
        return "accept" if part.accepts else "object"
    if "yes" in allowed:
        return part.closed
    if allowed:
        return part.option
    return part.probability if method == "probability" else part.words


def _choice(properties: Mapping[str, JsonValue], prompt: str) -> str:
    """The arbiter is with Casper, under whatever id that position has."""
    position = properties["position"]
    allowed = position.get("enum", []) if isinstance(position, dict) else []
    assert isinstance(allowed, list)
    if "yes" in allowed:
        return "no"
    ids = [re.escape(each) for each in allowed if isinstance(each, str)]
    for found in re.finditer(rf"^\W*({'|'.join(ids)})\W+(.+)$", prompt, re.MULTILINE):
        if _ON_MONDAY in found[2].casefold():
            return found[1]
    raise AssertionError(f"no id of {ids} stands for Monday in the arbiter's prompt")


def _groups(prompt: str) -> list[JsonValue]:
    """Statements about Monday mean the same, and so do the others."""
    listed = re.findall(r"^(\d+)\. (.+)$", prompt, re.MULTILINE)
    monday: list[JsonValue] = [int(n) for n, said in listed if _ON_MONDAY in said.casefold()]
    others: list[JsonValue] = [int(n) for n, said in listed if _ON_MONDAY not in said.casefold()]
    return [group for group in (others, monday) if group]


def _ratings(parts: Mapping[str, Part], part: Part, prompt: str) -> list[JsonValue]:
    """A score for each draft, which is known by its text, under the name it has here."""
    ratings: list[JsonValue] = []
    for author, score in part.scores.items():
        shown = re.search(
            rf"\[begin answer of (\S+) \w+\]\n{re.escape(parts[author].draft)}", prompt
        )
        assert shown is not None, f"the draft of {author} is not shown"
        ratings.append({"draft": shown[1], "why": f"It is worth {score}.", "score": score})
    return ratings
