"""Diffs: file names as diffs have them: quoted where they are unusual, behind prefixes. Pure."""

import re
from collections.abc import Sequence

DEV_NULL = "/dev/null"
_ESCAPE = re.compile(rb'\\([0-7]{1,3}|[abtnvfr"\\])')
_CONTROL = {
    b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r",
    b'"': b'"', b"\\": b"\\",
}  # fmt: skip
_PREFIX = re.compile(r"[abciow12]/")


def unquoted(name: str) -> str:
    """A name without git's C-style quotes, in which bytes stand as octal numbers."""
    if len(name) < 2 or not (name.startswith('"') and name.endswith('"')):
        return name
    raw = name[1:-1].encode("utf-8", "surrogateescape")
    plain = _ESCAPE.sub(lambda found: _character(found[1]), raw)
    return plain.decode("utf-8", "replace")


def stripped(names: Sequence[str]) -> list[str]:
    """The names of one file on both sides, without prefixes such as ``a/`` and ``b/``.

    They are taken for prefixes only where every name that is there has one.
    """
    present = [name for name in names if name != DEV_NULL]
    if not all(_PREFIX.match(name) for name in present):
        return list(names)
    return [name if name == DEV_NULL else name[2:] for name in names]


def _character(code: bytes) -> bytes:
    return _CONTROL.get(code) or bytes([int(code, 8) & 0xFF])
