"""Core: who looks at dossiers, and which of them that one may know of. Pure.

A dossier belongs to the principal on whose behalf it was opened, or to nobody. What a viewer
may not see does not exist for it: it is neither listed, nor found, nor told apart from an id
that was never given.
"""

from magi_mcp.core.frozen import Frozen


class Viewer(Frozen):
    """Somebody who looks at dossiers, and puts questions on behalf of ``principal``.

    ``principal`` is None where nobody was asked who they are.
    """

    principal: str | None = None
    sees_all: bool = False

    def sees(self, principal: str | None) -> bool:
        """Whether dossiers of this principal are there for the viewer."""
        return self.sees_all or self.principal == principal


KEEPER = Viewer(sees_all=True)
"""Whoever can open the store can read all of it: the user at a terminal, or on stdio."""
