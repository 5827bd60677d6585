"""Core: the base of every value that is journaled or crosses a boundary."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable record that refuses unknown fields.

    A journal written by a newer program therefore fails to load by name instead of
    losing what this program does not know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
