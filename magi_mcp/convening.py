"""Edge: from a request to a case. All that a deliberation depends on is resolved here."""

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from magi_mcp.core.callers import CALLER, NOBODY_PLAYS
from magi_mcp.core.case import (
    ARBITER,
    AnyCase,
    Candidate,
    Case,
    Limits,
    MethodName,
    ProtocolName,
    RapporteurRule,
    Seat,
    case_key,
    check_method,
    check_protocol,
    check_question,
    check_rounds,
    check_seat_names,
    check_text,
    check_vote_threshold,
)
from magi_mcp.core.documents import Document
from magi_mcp.core.errors import CallerError, NoSeats, quoted, unknown_name
from magi_mcp.core.protocols import procedure_name
from magi_mcp.core.seeding import digest
from magi_mcp.languages import DEFAULT, fault_of_language, language_named
from magi_mcp.personas import PresetLibrary
from magi_mcp.prompt_files import Prompts
from magi_mcp.roster import NOTHING_CONFIGURED, Roster, of_other_families, seated
from magi_mcp.seat_strings import parse_models


@dataclass(frozen=True)
class Request:
    """A question as a caller puts it; None and empty leave the choice to the configuration.

    ``seats`` are seat strings (``name=model``), ``personas`` as in the contract, ``arbiter``
    is a model string, ``trust`` maps seats by name to numbers. ``instructions`` stand in every
    seat's system prompt. ``prompts_dir`` is a folder of prompt templates.

    ``max_cost_usd`` (US dollars), ``max_tokens`` (in and out together) and ``deadline_s``
    bound the deliberation; they may lower what is configured, never raise it, and models that
    a caller names must be configured or on the allow-list (semantics, "limits"). Both hold for
    everybody but the owner of the configuration: the user at a terminal, or who embeds this
    package. ``owner`` says that the request is the owner's.

    ``documents`` are files as they were read when the question was put.

    ``follows`` names an earlier dossier whose verdict is to be part of the context; ``precedent``
    is that verdict in words, which only the service can look up. ``fresh`` has the question
    deliberated anew although the same one runs or has just ended (semantics R10).

    ``playable`` says that whoever asks can play the seats, handing in a reply to each ask; a seat
    with the model ``caller`` has nobody else to answer for it.
    """

    question: str
    context: str = ""
    documents: tuple[Document, ...] = ()
    method: str | None = None
    options: tuple[str, ...] = ()
    protocol: str | None = None
    personas: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    arbiter: str | None = None
    trust: Mapping[str, float] = field(default_factory=dict)
    max_rounds: int | None = None
    min_rounds: int | None = None
    vote_threshold: float | None = None
    allow_abstain: bool = True
    language: str | None = None
    instructions: str = ""
    rapporteur: str = "auto"
    rapporteur_prompt: str = ""
    anonymous: bool = False
    prompts_dir: Path | None = None
    max_cost_usd: float | None = None
    max_tokens: int | None = None
    deadline_s: float | None = None
    owner: bool = False
    follows: str = ""
    precedent: str = ""
    fresh: bool = False
    playable: bool = False


@dataclass(frozen=True)
class Bylaws:
    """What the configuration says of every council.

    ``seats_for`` resolves a request's seats and personas, and raises ``CallerError`` or
    ``NoSeats``; ``prompts_for`` reads its prompt templates, and raises ``CallerError``.
    ``method`` is for requests that name none and give no options. ``roster`` holds the models
    that a caller may name. ``substitutes`` may stand in for a seat that fails. ``warnings`` is
    what was ignored in the configuration, for people; ``notes`` is what the verdict of every
    council has to say that takes the seats from here.

    ``look_further`` is there where nobody is configured: it asks around for models, and gives
    the bylaws with whoever it has found, or with a ``NoSeats`` that says where it has looked.
    Those then have ``played_by_caller``, which hold for a request that is ``playable``.
    """

    seats_for: Callable[[Request], tuple[Seat, ...]]
    prompts_for: Callable[[Request], Prompts]
    limits: Limits
    protocol: str
    presets: PresetLibrary
    method: str = "majority"
    language: str = DEFAULT
    arbiter: Seat | None = None
    substitutes: tuple[Candidate, ...] = ()
    roster: Roster = NOTHING_CONFIGURED
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    look_further: Callable[[], Awaitable["Bylaws"]] | None = None
    played_by_caller: "Bylaws | None" = None

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each part of the configuration that a case may rest on, by its name."""
        models = (*self.substitutes, *([self.arbiter] if self.arbiter else []))
        return {
            "seats": digest(*(seat.model_dump_json() for seat in self._seats_if_any())),
            "arbiter and substitutes": digest(*(each.model_dump_json() for each in models)),
            "limits": digest(self.limits.model_dump_json()),
            "language": digest(self.language),
        }

    def _seats_if_any(self) -> tuple[Seat, ...]:
        try:
            return self.seats_for(Request(question=""))
        except CallerError:
            return ()

    def changes_since(self, case: AnyCase) -> tuple[str, ...]:
        """What of the configuration is not as it was when a case was drawn up, in words.

        The frozen case holds all the same (semantics R8); one that was journaled without
        digests tells of nothing.
        """
        now = self.digests
        changed = [name for name, then in case.drawn_from.items() if now.get(name) != then]
        if not changed:
            return ()
        told = f"the configuration of {', '.join(changed)} has changed since the question was put"
        return (f"{told}; it goes on as it was put.",)

    async def for_request(self, request: Request) -> "Bylaws":
        """The bylaws that hold for a request, asked for around only where it may matter."""
        if self.look_further is None or (request.owner and request.seats):
            return self
        found = await self.look_further()
        return (found.played_by_caller if request.playable else None) or found


def convene(
    request: Request, bylaws: Bylaws, *, dossier_id: str, principal: str | None = None
) -> Case:
    """The frozen case for a request that is put on behalf of ``principal``.

    Raises ``CallerError`` for anything the caller can mend, before anything is paid for:
    what is wrong with the question first, then ``NoSeats`` where there is nobody to put it to.
    """
    method = request.method or ("options" if request.options else bylaws.method)
    protocol = request.protocol or bylaws.protocol
    check_question(request.question)
    check_method(method, request.options)
    check_protocol(protocol)
    _check_rapporteur(request.rapporteur)
    terms = terms_of(request, bylaws, protocol)
    arbiter, substitutes, left_out = _beside(terms.seats, request, bylaws)
    case = Case(
        dossier_id=dossier_id,
        principal=principal,
        question=request.question,
        context="\n\n".join(filter(None, (request.context, request.precedent))),
        documents=request.documents,
        method=cast(MethodName, method),
        options=request.options,
        protocol=cast(ProtocolName, protocol),
        procedure=procedure_name(cast(MethodName, method), cast(ProtocolName, protocol)),
        seats=terms.seats,
        arbiter=arbiter,
        substitutes=substitutes,
        allow_abstain=request.allow_abstain,
        language=terms.language,
        instructions=request.instructions,
        rapporteur=cast(RapporteurRule, request.rapporteur),
        rapporteur_prompt=request.rapporteur_prompt,
        anonymous=request.anonymous,
        limits=terms.limits,
        seed="",
        prompts=terms.prompts.templates,
        prompt_overrides=terms.prompts.overrides,
        warnings=(*terms.warnings, *left_out),
        follows=request.follows or None,
        drawn_from=terms.drawn_from,
    )
    # The key does not cover the id, so the same question put twice is blinded differently.
    return case.model_copy(update={"seed": digest(case_key(case), dossier_id)})


@dataclass(frozen=True)
class Terms:
    """What a request and the configuration settle for a case of any kind."""

    seats: tuple[Seat, ...]
    limits: Limits
    language: str
    prompts: Prompts
    warnings: tuple[str, ...]
    drawn_from: Mapping[str, str]


def terms_of(request: Request, bylaws: Bylaws, protocol: str = "") -> Terms:
    """The terms of a case. Raises ``CallerError``, then ``NoSeats``.

    ``protocol`` is that of a deliberation; cases of other kinds have none.
    """
    check_question(request.question)
    _check_texts(request)
    limits, lowered = _limits(request, bylaws.limits, protocol)
    language, unknown = _language(bylaws.language if request.language is None else request.language)
    prompts = bylaws.prompts_for(request)
    seats = _seats(request, bylaws)
    notes = () if request.seats else bylaws.notes
    drawn_from = _drawn_from(request, bylaws)
    return Terms(seats, limits, language, prompts, (*notes, *lowered, *unknown), drawn_from)


def _drawn_from(request: Request, bylaws: Bylaws) -> dict[str, str]:
    """The digests of those parts of the configuration that the request leaves in force."""
    named = {
        "seats": bool(request.seats),
        "arbiter and substitutes": request.arbiter is not None,
        "language": request.language is not None,
    }
    return {name: each for name, each in bylaws.digests.items() if not named.get(name)}


def arbiter_seat(text: str, roster: Roster = NOTHING_CONFIGURED) -> Seat:
    """The arbiter that ``model|fallback|...`` names: no lens, for it weighs arguments.

    Raises ``CallerError`` for a text that names none.
    """
    return seated(ARBITER, roster.candidates(parse_models(ARBITER, text)))


def _arbiter(request: Request, bylaws: Bylaws) -> Seat | None:
    if request.arbiter is None:
        return bylaws.arbiter
    arbiter = arbiter_seat(request.arbiter, bylaws.roster)
    if not request.owner:
        bylaws.roster.check(ARBITER, arbiter.candidates)
    return arbiter


def _seats(request: Request, bylaws: Bylaws) -> tuple[Seat, ...]:
    seats = bylaws.seats_for(request)
    if request.seats and not request.owner:
        bylaws.roster.check("seats", (each for seat in seats for each in seat.candidates))
    return _trusted(seats, request.trust)


def _beside(
    seats: tuple[Seat, ...], request: Request, bylaws: Bylaws
) -> tuple[Seat | None, tuple[Candidate, ...], tuple[str, ...]]:
    """The arbiter and the substitutes of these seats, and a warning of each that is left out."""
    if seats[0].model == CALLER:
        return _beside_the_caller(request, bylaws)
    return _arbiter(request, bylaws), *of_other_families(bylaws.substitutes, seats)


def _beside_the_caller(
    request: Request, bylaws: Bylaws
) -> tuple[Seat | None, tuple[Candidate, ...], tuple[str, ...]]:
    """The arbiter and the substitutes of a council that the caller plays, and warnings.

    Those of the configuration are left out, for nobody could ask them; an arbiter that the request
    names is refused with the case. Raises ``NoSeats`` where whoever asks cannot play.
    """
    if not request.playable:
        raise NoSeats(NOBODY_PLAYS)
    arbiter = None if request.arbiter is None else _arbiter(request, bylaws)
    configured = [each.model for each in bylaws.substitutes]
    if bylaws.arbiter is not None and arbiter is None:
        configured.append(bylaws.arbiter.model)
    left_out = (
        f"{model} was left out: on a council that the caller plays no model can be asked."
        for model in configured
    )
    return arbiter, (), tuple(left_out)


def _check_texts(request: Request) -> None:
    texts = {
        "context": request.context,
        "instructions": request.instructions,
        "rapporteur_prompt": request.rapporteur_prompt,
    }
    documents = [text for each in request.documents for text in (each.name, each.text)]
    many = {"options": request.options, "personas": request.personas, "files": documents}
    listed = ((argument, text) for argument, values in many.items() for text in values)
    for argument, text in (*texts.items(), *listed):
        check_text(argument, text)


def _check_rapporteur(rule: str) -> None:
    if rule not in get_args(RapporteurRule):
        raise unknown_name("rapporteur", rule, get_args(RapporteurRule))


def _limits(request: Request, configured: Limits, protocol: str) -> tuple[Limits, tuple[str, ...]]:
    """The limits of a request, and a warning for each that was lowered to its ceiling."""
    bounds, lowered = _bounds(request, configured)
    settled = {
        "max_rounds": request.max_rounds,
        "min_rounds": request.min_rounds,
        "vote_threshold": request.vote_threshold,
    }
    asked = bounds | {name: value for name, value in settled.items() if value is not None}
    limits = configured.model_copy(update=asked)
    check_rounds(limits.min_rounds, limits.max_rounds)
    if request.min_rounds and protocol == "vote":
        raise CallerError(
            "min_rounds", f"{request.min_rounds} has no effect with protocol 'vote'; use critique."
        )
    check_vote_threshold(limits.vote_threshold)
    return limits, lowered


def _bounds(request: Request, configured: Limits) -> tuple[dict[str, float], tuple[str, ...]]:
    """What a request bounds, by name: what is configured is a ceiling to all but the owner."""
    asked, lowered = {}, []
    for name, wish, ceiling in (
        ("max_cost_usd", request.max_cost_usd, configured.max_cost_usd),
        ("max_tokens", request.max_tokens, configured.max_tokens),
        ("deadline_s", request.deadline_s, configured.deadline_s),
    ):
        if wish is None:
            continue
        if not (math.isfinite(wish) and wish > 0):
            raise CallerError(name, f"{wish} is not a finite number greater than 0.")
        if ceiling is None or wish <= ceiling or request.owner:
            asked[name] = wish
        else:
            asked[name] = ceiling
            lowered.append(f"{name}: {wish:g} was lowered to {ceiling:g}, the configured limit.")
    return asked, tuple(lowered)


def _language(given: str) -> tuple[str, tuple[str, ...]]:
    """The language as seats are told it, with a warning where nobody here knows it."""
    fault = fault_of_language(given)
    if fault is not None:
        raise CallerError("language", f"{quoted(given)} {fault}.")
    known = language_named(given)
    if known is not None:
        return known, ()
    written = given.strip()
    return written, (
        f"language {written!r} is not one this program knows; it was passed on as written.",
    )


def _trusted(seats: tuple[Seat, ...], trust: Mapping[str, float]) -> tuple[Seat, ...]:
    names = [seat.name for seat in seats]
    check_seat_names(names)
    for name, value in trust.items():
        if name not in names:
            raise unknown_name("trust", name, names)
        if not math.isfinite(value):
            raise CallerError("trust", f"{name}: {value} is not a finite number.")
    return tuple(
        seat.model_copy(update={"trust": float(trust[seat.name])}) if seat.name in trust else seat
        for seat in seats
    )
