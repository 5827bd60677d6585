"""Core: the base of every value that is journaled or crosses a boundary."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable record that refuses unknown fields.

    A journal written by a newer program therefore fails to load by name instead of
    losing what this program does not know.

    What validates it is built when it is first used: a server is started anew for every window,
    and to greet takes almost none of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


Words = Annotated[str, AfterValidator(_encodable)]
"""What somebody else wrote, and others will read: halves of surrogate pairs, which a model
can send as JSON escapes and no prompt or result can carry, become question marks."""
