"""What a deliberation consumes: `python -m benchmarks.tokens`.

Counts calls and tokens of every method and protocol with three seats, for a question with a
paragraph of context, answered by arguments of a paragraph each. Tokens are counted as
characters / 4, by a provider on loopback that answers with the words of the scripted council;
prices are those of litellm's table. Reasoning tokens of models that think come on top.
"""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import anyio
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.models import environment_of
from magi_mcp.convening import Request
from magi_mcp.core.case import METHODS, PROTOCOLS, MethodName, ProtocolName
from magi_mcp.core.dossier import Dossier
from magi_mcp.seats.scripts import playbook
from magi_mcp.settings import load_settings
from magi_mcp.wiring import open_council
from tests.provider import ChatRequest, Replies, Say, running_provider

DEMO = playbook("demo")
PRICED = ("gpt-5.4-nano", "claude-haiku-4-5", "gemini/gemini-2.5-flash")
"""A council of three families, one model for each seat, whose prices the example takes."""

_STATEMENTS = re.compile(r"each number from 1 to (\d+)")
_DRAFTS = re.compile(r"one entry for each of the drafts (.+?)\. The score")
_SCORES = {
    "melchior": {"balthasar": 5, "casper": 6},
    "balthasar": {"melchior": 6, "casper": 8},
    "casper": {"melchior": 9, "balthasar": 3},
}
"""Scores that settle nothing at once: the raters differ over the best draft."""

_PROBABILITIES = {"melchior": "0.3", "balthasar": "0.5", "casper": "0.6"}


@dataclass(frozen=True)
class Line:
    """One row: what was put, and what it took."""

    name: str
    rounds: int
    calls: int
    tokens_in: int
    tokens_out: int
    cost_usd: float


def actor(seat: str, *, agreeing: bool) -> Callable[[ChatRequest], Say]:
    """The words of one seat, round by round; with ``agreeing`` all hold the same position.

    Whatever else it is asked for, a draft, a rating, the ruling's text, it gives in as many
    words as its argument of that round has.
    """
    parts = DEMO.parts[seat]
    rounds = iter(parts.values())

    def answer(request: ChatRequest) -> Say:
        asked = request.messages[-1].content
        if grouping := _STATEMENTS.search(asked):
            return Say.json(groups=[[number] for number in range(1, int(grouping[1]) + 1)])
        said = parts["r1"].model_dump(mode="json")
        if drafts := _DRAFTS.search(asked):
            names = re.findall(r'"([^"]+)"', drafts[1])
            why = said["argument"][:160]
            authors = {name: _author(name, asked) for name in names}
            return Say.json(
                ratings=[
                    {"draft": name, "why": why, "score": _SCORES[seat][author]}
                    for name, author in authors.items()
                ]
            )
        if '- "text": ' in asked:
            return Say.json(text=said["argument"])
        if '"accept", "object"' in asked:
            vote = "object" if seat == "casper" else "accept"
            return Say(json.dumps({**said, "position": vote}))
        said = next(rounds, parts["r3"]).model_dump(mode="json")
        if "a number from 0 to 1 such as" in asked:
            said["position"] = _PROBABILITIES[seat]
        elif '"yes", "no"' in asked:
            said["position"] = "no" if seat == "casper" else "yes"
        elif agreeing:
            said["position"] = DEMO.sample.options[0]
        return Say(json.dumps(said))

    return answer


def _author(name: str, asked: str) -> str:
    """Whose draft is shown under a name; every seat drafts in the words of its first round."""
    quoted = asked.partition(f"[begin answer of {name} ")[2].partition("[end answer of")[0]
    return next(s for s, parts in DEMO.parts.items() if parts["r1"].argument in quoted)


def requests() -> Iterator[tuple[str, Request, bool]]:
    """Each case with its name, and whether the seats agree from the start."""
    for method in METHODS:
        for protocol in PROTOCOLS:
            yield f"{method}, {protocol}, split 2-1", asked(method, protocol), False
    for method in ("options", "majority"):
        yield f"{method}, critique, unanimous at once", asked(method, "critique"), True


def asked(method: MethodName, protocol: ProtocolName) -> Request:
    """The sample question, put in one method and one protocol."""
    return Request(
        DEMO.sample.question,
        context=DEMO.sample.context,
        method=method,
        options=DEMO.sample.options if method == "options" else (),
        protocol=protocol,
        fresh=True,  # else the same question would be answered by what was said to it before
    )


async def held(request: Request, folder: Path, *, agreeing: bool) -> Dossier:
    """The dossier of one deliberation over HTTP."""
    cast: dict[str, Replies] = {seat: actor(seat, agreeing=agreeing) for seat in DEMO.parts}
    with running_provider(cast) as provider:
        environ = {
            **environment_of(provider.base_url),
            "MAGI_SEATS": ",".join(f"{seat}=openai/{seat}" for seat in cast),
            "MAGI_STORE": f"sqlite:///{folder / 'tokens.sqlite3'}",
        }
        os.environ.update(environ)  # where litellm looks for the provider's address
        settings = load_settings(environ=environ, cwd=folder, user_dir=folder)
        async with open_council(settings, environ) as council:
            return await (await council.put(request)).wait()


def priced(dossier: Dossier) -> float:
    """Dollars, were the seats served by ``PRICED`` in order."""
    import litellm

    total = 0.0
    for seat, model in zip(dossier.case.seats, PRICED, strict=True):
        for response in dossier.responses:
            if response.seat == seat.name:
                usage = response.reply.usage
                total += sum(
                    litellm.cost_per_token(
                        model=model,
                        prompt_tokens=usage.tokens_in or 0,
                        completion_tokens=usage.tokens_out or 0,
                    )
                )
    return total


async def measure() -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as name:
        for what, request, agreeing in requests():
            dossier = await held(request, Path(name), agreeing=agreeing)
            usage = dossier.usage
            if usage.tokens_in is None or usage.tokens_out is None:
                raise RuntimeError(f"{what}: {dossier.status}, tokens unknown")
            lines.append(
                Line(
                    name=what,
                    rounds=len(dossier.ballot_rounds),
                    calls=usage.calls,
                    tokens_in=usage.tokens_in,
                    tokens_out=usage.tokens_out,
                    cost_usd=priced(dossier),
                )
            )
    return lines


def main() -> None:
    """Print the table, then the same as one line of JSON."""
    lines = anyio.run(measure)
    caption = f"US dollars for {', '.join(PRICED)} at the prices of litellm {version('litellm')}"
    table = Table(title="tokens", title_justify="left", caption=caption, caption_justify="left")
    table.add_column("what")
    for column in ("rounds", "calls", "tokens in", "tokens out", "cost"):
        table.add_column(column, justify="right")
    for line in lines:
        counts = (line.rounds, line.calls, line.tokens_in, line.tokens_out)
        table.add_row(line.name, *(f"{count:,}" for count in counts), f"${line.cost_usd:.4f}")
    Console(width=110).print(table)
    print(json.dumps({"benchmark": "tokens", "lines": [asdict(line) for line in lines]}))


if __name__ == "__main__":
    typer.run(main)
