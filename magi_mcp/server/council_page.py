"""Server: how the council stands, as a page in Markdown. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from magi_mcp.core.callers import CALLER
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.markup import cell, escaped, inline
from magi_mcp.core.words import dollars, plural, seat_title, sentence_case
from magi_mcp.server.advanced import keys_explained
from magi_mcp.standing import Member, Place, Standing

_MAX_CELL = 200


def page(standing: Standing) -> str:
    """Seats with their health, the limits in force, and where the configuration comes from."""
    parts = (
        ["# The council"],
        _members(standing),
        _defaults(standing),
        _limits(standing),
        _models(standing),
        _advanced(),
        _sources(standing),
        _warnings(standing),
    )
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def _members(standing: Standing) -> Iterator[str]:
    if standing.obstacle is not None:
        yield f"**No question can be put.** {escaped(sentence_case(standing.obstacle))}"
        yield ""
    rows = [row for place in standing.seats for row in _rows(seat_title(place.name), place)]
    if standing.arbiter is not None:
        rows += _rows("Arbiter", standing.arbiter)
    rows += [_row("Substitute", None, member) for member in standing.substitutes]
    if rows:
        yield "| Seat | Persona | Model | Family | Health |"
        yield "|---|---|---|---|---|"
        yield from rows
        yield ""
        yield (
            f"Health as of {_moment(standing.now)}: of calls made by this server. A model that "
            "is paused is left out where another can serve. An arbiter is asked only on a split, a "
            "substitute only for a seat that fails."
        )
    yield from (line for note in standing.notes for line in ("", escaped(note)))


def _rows(title: str, place: Place) -> list[str]:
    leader, *fallbacks = place.members
    return [
        _row(title, place.persona or "none", leader),
        *(
            _row(f"{title}, fallback {number}", None, member)
            for number, member in enumerate(fallbacks, start=1)
        ),
    ]


def _row(title: str, persona: str | None, member: Member) -> str:
    cells = (
        title,
        persona or "",
        member.model,
        member.family or "unknown",
        _health(member),
    )
    return _line(cells)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell(text, _MAX_CELL) for text in cells)} |"


def _health(member: Member) -> str:
    condition = member.condition
    if condition is None:
        if member.model == CALLER:
            return "played by whoever asks"
        return "scripted" if member.model.startswith(SCRIPTED) else "not called yet"
    if condition.state == "closed" and not condition.failures:
        return "closed: answers"
    kind = condition.last_outcome.replace("_", " ")
    failed = f"{plural(condition.failures, 'failure')} in a row ({kind})"
    match condition.state:
        case "closed":
            return f"closed: {failed}"
        case "half-open":
            return f"half-open: about to be tried again, after {failed}"
        case "open":
            until = "" if condition.paused_until is None else _moment(condition.paused_until)
            return f"open: paused until {until}, after {failed}"


def _defaults(standing: Standing) -> Iterator[str]:
    yield "## Where a question says nothing else"
    yield ""
    yield (
        f"Method {standing.method} (options where options are given), protocol "
        f"{standing.protocol}, language {inline(standing.language)}."
    )


def _limits(standing: Standing) -> Iterator[str]:
    limits, provisions = standing.limits, standing.provisions
    yield "## Limits"
    yield ""
    yield "A caller may lower those of one deliberation, never raise them."
    yield ""
    yield "| Limit | |"
    yield "|---|---|"
    yield _line(("One call of a model", f"{limits.timeout_s:g} s"))
    yield _line(("One deliberation", f"{limits.deadline_s:g} s"))
    yield _line(("Cost of one deliberation", _money(limits.max_cost_usd)))
    yield _line(("Tokens of one deliberation, in and out", _count(limits.max_tokens)))
    yield _line(("Rounds of argument of one deliberation", f"{limits.max_rounds}"))
    yield _line(("Counted ballots that a ruling needs", f"{limits.min_voices}"))
    yield _line(("Cost of a UTC day", _money(provisions.max_cost_usd_per_day)))
    yield _line(("Tokens of a UTC day", _count(provisions.max_tokens_per_day)))
    yield _line(("Calls at once", _count(provisions.max_concurrent_calls)))
    per_provider = provisions.max_concurrent_calls_per_provider
    yield _line(("Calls at once to one provider", _count(per_provider)))
    yield _line(("Waiting of one call of a tool", f"{provisions.max_wait_s:g} s"))


def _money(cost_usd: float | None) -> str:
    return "no bound" if cost_usd is None else dollars(cost_usd)


def _count(number: int | None) -> str:
    return "no bound" if number is None else f"{number:,}"


def _models(standing: Standing) -> Iterator[str]:
    if standing.may_be_named:
        yield "## Models that a caller may name"
        yield ""
        yield from _points(standing.may_be_named)


def _advanced() -> Iterator[str]:
    yield "## The argument `advanced`"
    yield ""
    yield "An object with any of these keys; null stands for one that is not given."
    yield ""
    yield from keys_explained()


def _sources(standing: Standing) -> Iterator[str]:
    yield "## Where the configuration comes from"
    yield ""
    if not standing.provisions.sources:
        yield "Nothing was configured: everything has its default."
        return
    yield "| Setting | Set by |"
    yield "|---|---|"
    for name, place in sorted(standing.provisions.sources.items()):
        yield _line((name, place))
    yield ""
    yield "Everything else has its default."


def _warnings(standing: Standing) -> Iterator[str]:
    if standing.warnings:
        yield "## Warnings"
        yield ""
        yield from _points(standing.warnings)


def _points(texts: Sequence[str]) -> Iterator[str]:
    return (f"- {inline(text)}" for text in texts)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
