"""Documents: from `path:10-80` to a named text with numbered lines, or a refusal."""

import codecs
import re
from collections.abc import Iterator, Sequence

from magi_mcp.core.documents import Document
from magi_mcp.core.errors import CallerError, quoted
from magi_mcp.documents.credentials import private_keys
from magi_mcp.documents.opening import contents
from magi_mcp.documents.ranges import Lines, check_range, split_range
from magi_mcp.documents.roots import ARGUMENT, Place, Reach, located, names_of

MAX_FILES = 50
MAX_TEXT_BYTES = 400_000
"""What the documents of one question may come to: some 100,000 tokens for each seat and round."""

_LINE_END = re.compile(r"\r\n|\n|\r")
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_documents(files: Sequence[str], reach: Reach) -> tuple[Document, ...]:
    """The documents that ``files`` name, in their order, each once.

    Raises ``CallerError`` for the first that cannot be found, may not be read or is no text,
    and where they are too many or too long together.
    """
    if len(files) > MAX_FILES:
        raise CallerError(ARGUMENT, f"{len(files)} given; at most {MAX_FILES} are allowed.")
    found = [(given, *_found(given, reach)) for given in dict.fromkeys(files)]
    names = names_of([place for _, place, _ in found])
    documents: dict[Document, None] = {}
    left = MAX_TEXT_BYTES
    for (given, place, lines), name in zip(found, names, strict=True):
        document = _document(given, place, lines, name)
        left -= 0 if document in documents else len(document.text.encode())
        if left < 0:
            raise CallerError(
                ARGUMENT,
                f"with {quoted(given)} the texts come to more than {MAX_TEXT_BYTES // 1000} kB; "
                "name only the lines that matter, such as 'path:10-80'.",
            )
        documents[document] = None
    return tuple(documents)


def _found(given: str, reach: Reach) -> tuple[Place, Lines | None]:
    """Where the file lies, and which lines are meant; a file whose name ends so comes first."""
    for path, lines in _meanings(given):
        place = located(path, reach)
        if place is not None:
            return place, lines
    raise CallerError(ARGUMENT, f"{quoted(given)}: there is no such file.")


def _meanings(given: str) -> Iterator[tuple[str, Lines | None]]:
    path, lines = split_range(given)
    yield given, None
    if lines is not None:
        yield path, lines


def _document(given: str, place: Place, lines: Lines | None, name: str) -> Document:
    if not name.isprintable():
        raise CallerError(
            ARGUMENT, f"{quoted(given)}: the name holds characters that cannot be shown."
        )
    text = _decoded(given, contents(given, place))
    every = _LINE_END.split(text)
    if every[-1] == "":
        del every[-1]
    if lines is not None:
        check_range(ARGUMENT, given, lines, len(every))
    first, last = (1, len(every)) if lines is None else (lines.first, lines.last or len(every))
    _check_no_key(given, every, first, last)
    chosen = every[first - 1 : last]
    if not any(line.strip() for line in chosen):
        where = "the file" if lines is None else str(lines)
        raise CallerError(ARGUMENT, f"{quoted(given)}: there is no text in {where}.")
    return Document(
        name=name,
        text="".join(f"{line}\n" for line in chosen),
        first_line=None if lines is None else first,
    )


def _decoded(given: str, data: bytes) -> str:
    encoding = "UTF-16" if data.startswith(_UTF16_MARKS) else "UTF-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as fault:
        raise CallerError(
            ARGUMENT,
            f"{quoted(given)} is not {encoding} at byte {fault.start}; save it in that "
            "encoding, or write what matters into the context.",
        ) from fault
    if "\0" in text:
        raise CallerError(
            ARGUMENT, f"{quoted(given)} is no text; write what matters of it into the context."
        )
    return text


def _check_no_key(given: str, lines: Sequence[str], first: int, last: int) -> None:
    for begin, end in private_keys("\n".join(lines)):
        if begin <= last and end >= first:
            raise CallerError(
                ARGUMENT,
                f"{quoted(given)} holds a private key in lines {begin}-{end}; name other lines, "
                "such as 'path:10-80', or write what matters into the context.",
            )
