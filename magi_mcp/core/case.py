"""Core: the case, the frozen question. Everything a deliberation depends on stands here.

Personas, procedure and its version, prompts, limits, seed and the seats' models are resolved
before a case exists and nowhere later, so that a resumed or replayed deliberation needs
nothing but its journal.
"""

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, Self, get_args

from pydantic import Field, JsonValue, model_validator

from magi_mcp.core.callers import CALLER, check_callers
from magi_mcp.core.choices import check_options
from magi_mcp.core.documents import Document
from magi_mcp.core.errors import CallerError, unknown_name
from magi_mcp.core.families import family_of
from magi_mcp.core.frozen import Frozen
from magi_mcp.core.normal_form import one_line
from magi_mcp.core.seeding import digest

Kind = Literal["deliberation", "judgement", "review"]
MethodName = Literal[
    "yes_no",
    "options",
    "probability",
    "majority",
    "consensus",
    "minority",
    "synthesis",
    "compose",
]
ProtocolName = Literal["vote", "critique", "escalate", "adaptive"]
RapporteurRule = Literal["auto", "always"]
METHODS: tuple[MethodName, ...] = get_args(MethodName)
PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)
MAX_SEATS = 15
MAX_ROUNDS = 3
ARBITER = "arbiter"
"""The name under which the arbiter is asked; no seat may bear it."""


class Lens(Frozen):
    """A persona: the point of view a seat looks from. Peers never see its name."""

    name: str
    text: str


class Access(Frozen):
    """How a model is called beyond its name; None leaves it to the provider's usual ways.

    ``api_key_env`` names the environment variable that holds the key: a key itself is never
    part of a case. ``max_tokens`` bounds what one reply may hold. ``extra_body`` goes into the
    request as it stands.
    """

    api_base: str | None = None
    api_key_env: str | None = None
    temperature: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, ge=1)
    extra_body: Mapping[str, JsonValue] = Field(default_factory=dict)


class Candidate(Frozen):
    """A model that may serve a seat. ``family`` overrides who is taken to have trained it."""

    model: str = Field(min_length=1)
    access: Access = Access()
    family: str | None = None

    @property
    def known_family(self) -> str | None:
        """Who trained it: what is configured, else what its name tells (semantics, "family")."""
        return self.family or family_of(self.model)


class Seat(Frozen):
    """A place on the council. Its name is its identity, whichever model serves it.

    ``fallbacks`` are tried in order where ``model`` fails. ``family`` overrides who is taken
    to have trained ``model`` (semantics, "family"); ``trust`` says whose ballot rules where an
    escalated split stays one.
    """

    name: str = Field(min_length=1)
    model: str = Field(min_length=1)
    access: Access = Access()
    fallbacks: tuple[Candidate, ...] = ()
    lens: Lens | None = None
    family: str | None = None
    trust: float = Field(default=0.0, allow_inf_nan=False)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The models that may serve this seat, in the order in which they are tried."""
        own = Candidate(model=self.model, access=self.access, family=self.family)
        return (own, *self.fallbacks)


class Limits(Frozen):
    """How far a deliberation may go.

    ``max_rounds`` and ``min_rounds`` count rounds of critique after the blind one;
    ``timeout_s`` bounds one model call, ``deadline_s`` the whole deliberation;
    ``vote_threshold`` is the share of counted ballots a winner must exceed (semantics R2).
    At a routing share of ``settled_share`` arguing stops; below ``critique_share`` the
    protocol ``adaptive`` escalates. ``max_cost_usd`` and ``max_tokens`` (in and out together)
    bound what all calls may cost; None is no bound. ``early_close`` ends a round other than the
    blind one as soon as the ballots still to come can change nothing (semantics R7).
    """

    max_rounds: int = Field(default=MAX_ROUNDS, ge=0, le=MAX_ROUNDS)
    min_rounds: int = Field(default=0, ge=0, le=MAX_ROUNDS)
    vote_threshold: float = Field(default=0.5, gt=0, le=1)
    settled_share: float = Field(default=0.8, gt=0, le=1)
    critique_share: float = Field(default=0.4, gt=0, le=1)
    min_voices: int = Field(default=2, ge=1)
    timeout_s: float = Field(default=60.0, gt=0)
    deadline_s: float = Field(default=600.0, gt=0)
    max_cost_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    max_tokens: int | None = Field(default=None, ge=0)
    early_close: bool = False

    @property
    def threshold(self) -> Fraction:
        """``vote_threshold`` as the decimal number that was written, exactly."""
        return Fraction(str(self.vote_threshold))

    @property
    def settled(self) -> Fraction:
        """``settled_share``, exactly."""
        return Fraction(str(self.settled_share))

    @property
    def worth_arguing(self) -> Fraction:
        """``critique_share``, exactly."""
        return Fraction(str(self.critique_share))


class AnyCase(Frozen):
    """A question of any kind, frozen: what a deliberation, a judgement and a review have in common.

    ``kind`` tells them apart, ``procedure`` names what is done, with its version.
    ``prompts`` holds the texts of the templates by name.
    ``arbiter`` is asked only on a split and is never a ballot. ``substitutes`` are models that
    may stand in for a seat all of whose own have failed, each for one seat at most.
    ``instructions`` stand in every seat's system prompt. ``anonymous`` keeps seats and models out
    of the results; the journal knows them all the same.
    ``prompt_overrides`` holds the digest of every template that is not the shipped one;
    ``warnings`` is what was noticed when the case was drawn up, for the verdict to say.
    ``principal`` is on whose behalf the question is put, None for nobody in particular; no seat
    is told. It is part of what makes two cases the same, so nobody joins a stranger's.
    ``documents`` are files that were given with the question.
    ``follows`` is the id of an earlier dossier whose verdict is part of the context.
    ``drawn_from`` holds by name the digest of each part of the configuration that the case was
    drawn up under; it decides nothing, and tells whoever resumes what has changed (semantics R8).
    """

    kind: Kind
    dossier_id: str
    principal: str | None = None
    question: str
    context: str = ""
    documents: tuple[Document, ...] = ()
    procedure: str
    seats: tuple[Seat, ...] = Field(min_length=1, max_length=MAX_SEATS)
    arbiter: Seat | None = None
    substitutes: tuple[Candidate, ...] = ()
    allow_abstain: bool = True
    language: str = "English"
    instructions: str = ""
    anonymous: bool = False
    limits: Limits = Limits()
    seed: str
    prompts: Mapping[str, str]
    prompt_overrides: Mapping[str, str] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    follows: str | None = None
    drawn_from: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _may_be_put(self) -> Self:
        check_question(self.question)
        check_seat_names([seat.name for seat in self.seats])
        check_prompt_overrides(self.prompts, self.prompt_overrides)
        check_callers(
            {seat.name: models_of(seat) for seat in self.seats},
            models_of(self.arbiter) if self.arbiter else (),
            [each.model for each in self.substitutes],
        )
        return self

    @property
    def course(self) -> tuple[str, str]:
        """What is done and how, in a word each, as lists of dossiers show it."""
        what, _, how = self.procedure.partition("@")[0].partition("/")
        return what, how

    @property
    def wording(self) -> tuple[str, ...]:
        """The question and all that was given with it, as texts.

        What they name is no secret to anybody (semantics R12).
        """
        documents = (text for each in self.documents for text in (each.name, each.text))
        return (self.question, self.context, *documents)

    @property
    def is_callers(self) -> bool:
        """Whether whoever put the question plays all its seats (``submit_replies``)."""
        return self.seats[0].model == CALLER

    @property
    def everybody(self) -> tuple[Seat, ...]:
        """All who may be asked: the seats in order, and the arbiter."""
        return self.seats if self.arbiter is None else (*self.seats, self.arbiter)

    def seat(self, name: str) -> Seat:
        """The seat of that name, the arbiter's too; ``KeyError`` if there is none."""
        if name == ARBITER and self.arbiter is not None:
            return self.arbiter
        for seat in self.seats:
            if seat.name == name:
                return seat
        raise KeyError(name)


class Case(AnyCase):
    """A question to deliberate on. ``rapporteur_prompt`` stands in the rapporteur's prompt."""

    kind: Literal["deliberation"] = "deliberation"
    method: MethodName
    options: tuple[str, ...] = ()
    protocol: ProtocolName
    rapporteur: RapporteurRule = "auto"
    rapporteur_prompt: str = ""

    @model_validator(mode="after")
    def _can_be_deliberated(self) -> Self:
        check_method(self.method, self.options)
        check_rounds(self.limits.min_rounds, self.limits.max_rounds)
        return self

    @property
    def course(self) -> tuple[str, str]:
        """The method and the protocol."""
        return self.method, self.protocol

    @property
    def wording(self) -> tuple[str, ...]:
        """The caller's own texts, the options among them."""
        return (*super().wording, *self.options)


def models_of(seat: Seat) -> tuple[str, ...]:
    """The model strings that may serve a seat, in the order in which they are tried."""
    return tuple(candidate.model for candidate in seat.candidates)


def case_key(case: AnyCase) -> str:
    """What makes two cases the same question (semantics R10).

    Identity, seed and limits are left out: the same question put again under other limits
    is still the same question. So are warnings and digests, which follow from what was asked.
    """
    left_out = {"dossier_id", "seed", "limits", "anonymous", "warnings", "drawn_from"}
    # Not model_dump_json, which cannot write half of a surrogate pair.
    return digest(json.dumps(case.model_dump(mode="json", exclude=left_out)))


def check_question(question: str) -> None:
    """Raises ``CallerError`` for an empty or blank question."""
    check_text("question", question)
    if not one_line(question):
        raise CallerError("question", "is blank; say what the council is to decide.")


def check_method(method: str, options: tuple[str, ...]) -> None:
    """Raises ``CallerError`` where the method is unknown or does not go with the options."""
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if method == "options":
        check_options(options)
    elif options:
        raise CallerError(
            "options",
            f"{len(options)} given with the method {method!r}; "
            "use the method 'options' with them, or leave them out.",
        )


def check_protocol(protocol: str) -> None:
    """Raises ``CallerError`` for an unknown protocol."""
    if protocol not in PROTOCOLS:
        raise unknown_name("protocol", protocol, PROTOCOLS)


def check_text(argument: str, text: str) -> None:
    """Raises ``CallerError`` for a text that no encoding can carry: one with lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise CallerError(
            argument, f"holds half of a surrogate pair at character {fault.start}; remove it."
        ) from None


def check_rounds(min_rounds: int, max_rounds: int) -> None:
    """Raises ``CallerError`` for numbers of rounds that are out of range or contradict."""
    for argument, value in (("max_rounds", max_rounds), ("min_rounds", min_rounds)):
        if not 0 <= value <= MAX_ROUNDS:
            raise CallerError(argument, f"{value} is not in 0..{MAX_ROUNDS}.")
    if min_rounds > max_rounds:
        raise CallerError(
            "min_rounds", f"{min_rounds} is more than max_rounds, {max_rounds}; lower it."
        )


def check_vote_threshold(share: float) -> None:
    """Raises ``CallerError`` for a share that is not in (0, 1]; nothing is clipped."""
    if not 0 < share <= 1:
        raise CallerError(
            "vote_threshold",
            f"{share:g} is not more than 0 and at most 1; it is the share of the counted "
            "ballots that a winner must exceed, such as 0.5.",
        )


def check_prompt_overrides(prompts: Mapping[str, str], overrides: Mapping[str, str]) -> None:
    """Raises ``CallerError`` where an overridden template is not the one that was digested."""
    for name, recorded in overrides.items():
        if name not in prompts or digest(prompts[name]) != recorded:
            raise CallerError("prompts", f"{name!r} is not the text that was recorded for it.")


def check_seat_names(names: list[str]) -> None:
    """Raises ``CallerError`` where two seats share a name, since a name is an identity."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CallerError("seats", f"the name {twice[0]!r} stands twice; give each its own.")
    if ARBITER in names:
        raise CallerError("seats", f"the name {ARBITER!r} is the arbiter's; choose another.")
