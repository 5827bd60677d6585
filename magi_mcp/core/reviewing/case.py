"""Core: the case of a review. The whole of what seats are shown stands in it, cut into parts."""

from typing import Literal, Self

from pydantic import Field, model_validator

from magi_mcp.core.case import AnyCase
from magi_mcp.core.errors import CallerError
from magi_mcp.core.frozen import Frozen, Words
from magi_mcp.core.reviewing.change import ChangedFile, Skipped
from magi_mcp.core.reviewing.claims import Severity

PROCEDURE = "review/cross_examined@1"


class Part(Frozen):
    """Of a change, what a seat reads at once: files, of which some may be in other parts too."""

    files: tuple[ChangedFile, ...] = Field(min_length=1)


class ReviewCase(AnyCase):
    """A change to be reviewed.

    ``scope`` says in words what is reviewed; ``skipped`` lists what of it no seat is shown.
    ``focus`` is what the caller wants looked at above all. Findings below ``min_severity`` are
    neither asked for nor counted; a confirmed one of ``fail_on`` or graver requests changes.
    """

    kind: Literal["review"] = "review"
    scope: Words = Field(min_length=1)
    parts: tuple[Part, ...] = Field(min_length=1)
    skipped: tuple[Skipped, ...] = ()
    focus: Words = ""
    min_severity: Severity = "low"
    fail_on: Severity = "high"

    @model_validator(mode="after")
    def _is_of_this_procedure(self) -> Self:
        if self.procedure != PROCEDURE:
            raise CallerError("procedure", f"{self.procedure!r} is none of a review.")
        return self

    @property
    def wording(self) -> tuple[str, ...]:
        """The caller's own texts, the paths of the change among them."""
        return (*super().wording, self.focus, *self.paths)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that are reviewed, in order, each once."""
        return tuple(dict.fromkeys(file.path for part in self.parts for file in part.files))

    @property
    def files(self) -> tuple[ChangedFile, ...]:
        """The files of all parts; a file that was cut stands there piece by piece."""
        return tuple(file for part in self.parts for file in part.files)
