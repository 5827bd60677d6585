"""Seats: which reply formats models take, as far as listed and as far as learnt."""

from dataclasses import dataclass, field

from magi_mcp.seats.completions import ModelFacts, ReplyFormat

_WEAKER: dict[ReplyFormat, ReplyFormat] = {"schema": "json", "json": "text"}


@dataclass
class ReplyFormats:
    """What each endpoint has turned out to accept; shared by the seats of a process.

    Formats are tried from the strictest down: a JSON schema, some JSON object, words alone. A
    refusal is remembered, so it is paid for once.
    """

    accepted: dict[str, ReplyFormat] = field(default_factory=dict)

    def to_demand(self, endpoint: str, facts: ModelFacts) -> ReplyFormat:
        """The strongest format that the endpoint has not refused."""
        return self.accepted.setdefault(endpoint, facts.strongest_format)

    def refused(self, endpoint: str, demanded: ReplyFormat) -> bool:
        """Learn that a format was refused; whether there is a weaker one to try."""
        # Another seat on this model may have learnt more in the meantime.
        if self.accepted[endpoint] == demanded and demanded in _WEAKER:
            self.accepted[endpoint] = _WEAKER[demanded]
        return demanded in _WEAKER
