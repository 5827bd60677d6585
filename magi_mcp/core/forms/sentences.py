r"""Core: positions that a reply states in a sentence, such as "The answer is (C).".

Real models write such sentences where they were asked for JSON. A sentence states a position
if a label ("the answer is", "Final answer:", ``\boxed{...}``) opens it and nothing but a
position, at most with a reason, stands behind the label. What a position may be is left to
``recognise``: nothing is matched by substring, and nothing is chosen between two statements.
"""

import re
from collections.abc import Callable, Iterator, Sequence

Recognise = Callable[[str], str | None]

_LABEL = re.compile(
    r"""
    (?:(?:therefore|thus|hence|so|consequently|accordingly|overall|finally|in\ conclusion
        |in\ summary|and)[,:]?\s+){0,2}
    (?:(?:the|my|our)\s+)?
    (?:(?:final|correct|best|right|most\s+\w+)\s+){0,2}
    (?:answer|option|choice|position|vote)
    (?:\s+is\s*[:：]?|\s*[*_`]*[:：])
    [\s*_`]*
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MARKUP = re.compile(r"[\s*_#`~$-]*(?:\\\[\s*)?(?:\\text\{)?")
_SENTENCE_END = re.compile(r"(?:[.!?…][\"”’')\]}$*_]*|\$\$)\s+|\\end\{[^{}]*\}\s*")
# What stands between these words and a label is a reason. Behind "if" or "some say" a label
# states nothing.
_REASONED = re.compile(
    r"(?:(?:however|and),?\s+)?(?:based|given|considering|since|because|therefore|thus|hence|so)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r",\s+|\s+(?=and\s+the\s)")
_REASON = re.compile(
    r",?\s+(?:because|since|as\s+(?:it|this|that|the))\b.*", re.IGNORECASE | re.DOTALL
)
_QUOTATION = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»")
_BOXED = re.compile(r"\\f?box(?:ed)?\{((?:[^{}]|\{[^{}]*\})*)\}")
_ASKED = re.compile(r"\?[\W_]*\Z")
_LOWER_LETTER = re.compile(r"[\W_]*[a-z][\W_]*")
_LATEX = re.compile(r"\\(?:f?box(?:ed)?|text(?:bf)?|math(?:rm|bf))\{|\\[\[\]()]|[${}]|\*\*|__")

_LOOKED_AHEAD = 4
"""Lines behind a label in which its value may begin."""


def stated_positions(said: str, recognise: Recognise, *, alone: bool) -> list[str]:
    """The positions that sentences of ``said`` state, as recognised, in order.

    ``alone`` says that the writer was put one question and shown nobody's answer to it. Some
    models then answer questions that nobody put, those of an examination before this one or
    more of their own behind it. The question that was put is the first or the last of them:
    a reply that opens and closes with one position states that position, whatever it says in
    between, and one whose first and last differ states both.
    """
    found: list[str] = []
    lines = said.splitlines()
    for number, line in enumerate(lines):
        if line.lstrip().startswith(">"):
            continue
        for value in _values(line, lines[number + 1 : number + 1 + _LOOKED_AHEAD]):
            found.extend(_named(value, recognise))
    return found[:1] if alone and found and found[0] == found[-1] else found


def _values(line: str, following: Sequence[str]) -> Iterator[str]:
    """What stands behind each label of a line, up to the next one."""
    quotations = [match.span() for match in _QUOTATION.finditer(line)]
    labels = [
        label
        for start in _openings(line)
        if (label := _LABEL.match(line, start))
        and not any(first <= start < last for first, last in quotations)
    ]
    stops = [*(label.start() for label in labels[1:]), len(line)]
    for label, stop in zip(labels, stops, strict=False):
        value = line[label.end() : stop]
        yield value if _bare(value) else next((each for each in following if _bare(each)), "")
    for boxed in _BOXED.finditer(line):
        yield boxed[1]


def _openings(line: str) -> Iterator[int]:
    """Where a label may stand: where a sentence begins, or behind the reasons it gives."""
    opening = _MARKUP.match(line)
    assert opening is not None
    starts = [opening.end(), *(end.end() for end in _SENTENCE_END.finditer(line, opening.end()))]
    for start, stop in zip(starts, [*starts[1:], len(line)], strict=True):
        yield start
        if _REASONED.match(line, start):
            yield from (clause.end() for clause in _CLAUSE_END.finditer(line, start, stop))


def _named(value: str, recognise: Recognise) -> Iterator[str]:
    """The position that ``value`` is, or those that its first two sentences are."""
    inner = _LABEL.match(value)
    whole = value[inner.end() :] if inner else value
    named = _recognised(whole, recognise)
    if named is not None:
        yield named
        return
    first, rest = _cut(whole)
    for sentence in (_REASON.sub("", first), _cut(rest)[0]):
        named = _recognised(sentence, recognise)
        if named is None:
            return
        yield named


def _cut(text: str) -> tuple[str, str]:
    """The first sentence and the rest."""
    end = _SENTENCE_END.search(text)
    return (text[: end.end()], text[end.end() :]) if end else (text, "")


def _recognised(text: str, recognise: Recognise) -> str | None:
    # A lower-case letter is an article or a variable more often than an option.
    if _ASKED.search(text) or _LOWER_LETTER.fullmatch(text):
        return None
    as_written = recognise(text.strip())
    return recognise(_bare(text)) if as_written is None else as_written


def _bare(text: str) -> str:
    return _LATEX.sub("", text).strip()
