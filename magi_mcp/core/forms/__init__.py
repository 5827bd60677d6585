"""Core: forms, in which replies are asked and read. One file for each shape of a reply."""

from magi_mcp.core.forms.ballot import BallotForm
from magi_mcp.core.forms.base import Form, repair_request
from magi_mcp.core.forms.grouping import GroupingForm
from magi_mcp.core.forms.rating import Rating, RatingForm, Ratings
from magi_mcp.core.forms.scales import Closed, Open, Probability, Scale
from magi_mcp.core.forms.statement import DraftForm, Statement, StatementForm

BallotReader = BallotForm | DraftForm
"""The forms whose replies are ballots."""

__all__ = [
    "BallotForm",
    "BallotReader",
    "Closed",
    "DraftForm",
    "Form",
    "GroupingForm",
    "Open",
    "Probability",
    "Rating",
    "RatingForm",
    "Ratings",
    "Scale",
    "Statement",
    "StatementForm",
    "repair_request",
]
