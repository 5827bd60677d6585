"""Asks as a council puts them, for seats that are tried alone."""

from magi_mcp.core.asks import Ask
from magi_mcp.core.choices import Choices
from magi_mcp.core.forms import BallotForm, Closed

YES_NO = BallotForm(Closed(Choices(labels=("yes", "no"), ids=("yes", "no"))))
BALLOT = '{"argument": "The rehearsal held.", "position": "yes"}'


def ask(question: str = "Ship on Friday?", seat: str = "melchior") -> Ask:
    """A yes-or-no question, as it goes out in the blind round."""
    return Ask(
        ask_id=f"r1/{seat}",
        seat=seat,
        purpose="answer",
        system="You sit on a council.",
        prompt=f"{question}\n\n{YES_NO.instructions()}",
        form=YES_NO,
    )
