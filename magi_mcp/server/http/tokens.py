"""HTTP: bearer tokens of this server's own, kept in a file that holds none of them.

A token is 256 random bits, so nobody finds it by trying, and its plain SHA-256 gives nothing
away: salts and slow hashes are for secrets that people choose, and would cost every request a
tenth of a second. The file is only ever replaced as a whole, and is read again when it has.
Knows neither MCP nor HTTP.
"""

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, TypeAdapter, ValidationError

from magi_mcp.core.errors import CallerError, StoreError, quoted, unknown_name
from magi_mcp.core.frozen import Frozen
from magi_mcp.server.http.scopes import SCOPES, Scope
from magi_mcp.settings import Settings

FILE = "tokens.json"
PREFIX = "magi_"
"""Tokens begin with it, so that one that was published by mistake can be recognised."""

DAY_S = 86_400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


class TokenRecord(Frozen):
    """What is kept of a token. Times are seconds since the epoch.

    ``name`` is the principal: whoever holds a token of that name has its dossiers.
    """

    name: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: tuple[Scope, ...]
    created_at: float
    expires_at: float | None = None

    def expired(self, now: float) -> bool:
        """Whether the token is no longer taken at the time ``now``."""
        return self.expires_at is not None and self.expires_at <= now


class _Contents(Frozen):
    version: Literal[1] = 1
    tokens: tuple[TokenRecord, ...] = ()


_CONTENTS: TypeAdapter[_Contents] = TypeAdapter(_Contents)


class TokenFile:
    """The tokens in the file at ``path``, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_as: tuple[int, int, int] | None = None
        self._records: tuple[TokenRecord, ...] = ()

    def exists(self) -> bool:
        """Whether tokens were ever made; none of them need be left."""
        return self.path.exists()

    def records(self) -> tuple[TokenRecord, ...]:
        """Every token, in the order in which they were made; read again if the file changed.

        Raises ``StoreError`` for a file that cannot be read, or that others may write to.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        read_as = (status.st_mtime_ns, status.st_size, status.st_ino)
        if read_as != self._read_as:
            self._records = self._read(status.st_mode)
            self._read_as = read_as
        return self._records

    def find(self, token: str, now: float) -> TokenRecord | None:
        """The record of a token that is taken at the time ``now``; raises as ``records``."""
        presented = _digest(token)
        found = None
        for record in self.records():
            # All are compared, and each in constant time: how long it takes tells nothing.
            if hmac.compare_digest(record.sha256, presented):
                found = record
        return None if found is None or found.expired(now) else found

    def new(
        self, name: str, scopes: Sequence[str], *, now: float, days: float | None = None
    ) -> tuple[str, TokenRecord]:
        """A new token, which is told here and never again, and what is kept of it.

        It expires after ``days``, or never. Raises ``CallerError`` for a name that is taken or
        cannot be one and for unknown scopes, ``StoreError`` as ``records``.
        """
        _check_name(name)
        for scope in scopes:
            if scope not in SCOPES:
                raise unknown_name("scope", scope, SCOPES)
        token = PREFIX + secrets.token_urlsafe(32)
        record = TokenRecord(
            name=name,
            sha256=_digest(token),
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            created_at=now,
            expires_at=None if days is None else now + days * DAY_S,
        )

        def added(records: tuple[TokenRecord, ...]) -> tuple[TokenRecord, ...]:
            if any(each.name == name for each in records):
                raise CallerError("name", f"{quoted(name)} has a token; revoke that one first.")
            return (*records, record)

        self._change(added)
        return token, record

    def revoke(self, name: str) -> None:
        """Take a token out; from the next request on it is refused.

        Raises ``CallerError`` for a name that has none, ``StoreError`` as ``records``.
        """

        def without(records: tuple[TokenRecord, ...]) -> tuple[TokenRecord, ...]:
            if all(each.name != name for each in records):
                raise unknown_name("name", name, [each.name for each in records])
            return tuple(each for each in records if each.name != name)

        self._change(without)

    def _read(self, mode: int) -> tuple[TokenRecord, ...]:
        if os.name == "posix" and mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise self._unusable("others may write to it; chmod 600 mends that")
        try:
            return _CONTENTS.validate_json(self.path.read_bytes()).tokens
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        except ValidationError as error:
            raise self._unusable("it is damaged, or of a newer version") from error

    def _change(self, change: Callable[[tuple[TokenRecord, ...]], tuple[TokenRecord, ...]]) -> None:
        """Replace the file. What is written beside it meanwhile keeps a second change away."""
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            problem = f"another change of it is going on; if none is, remove {beside}"
            raise self._unusable(problem) from error
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error
        try:
            with os.fdopen(handle, "wb") as file:
                contents = _Contents(tokens=change(self.records()))
                file.write(_CONTENTS.dump_json(contents, indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise

    def _unusable(self, problem: str) -> StoreError:
        return StoreError(f"the file of tokens {self.path} cannot be used: {problem}.")


def tokens_file_of(settings: Settings) -> Path:
    """Where tokens are kept: as configured, else beside the user's configuration."""
    configured = settings.server.tokens_file
    return settings.user_file.parent / FILE if configured is None else Path(configured).expanduser()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        problem = "is no name; use up to 64 letters, digits, '.', '_', '@' and '-'."
        raise CallerError("name", f"{quoted(name)} {problem}")
