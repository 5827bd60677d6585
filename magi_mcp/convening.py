"""Edge: from a request to a case. All that a deliberation depends on is resolved here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from magi_mcp.core.case import (
    Case,
    Limits,
    MethodName,
    ProtocolName,
    Seat,
    case_key,
    check_method,
    check_protocol,
    check_question,
    check_rounds,
    check_seat_names,
    check_text,
)
from magi_mcp.core.protocols import procedure_name
from magi_mcp.core.seeding import digest


@dataclass(frozen=True)
class Request:
    """A question as a caller puts it; None and empty leave the choice to the configuration.

    ``seats`` are seat strings (``name=model``), ``personas`` as in the contract.
    """

    question: str
    context: str = ""
    method: str | None = None
    options: tuple[str, ...] = ()
    protocol: str | None = None
    personas: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    max_rounds: int | None = None
    min_rounds: int | None = None


def convene(
    request: Request,
    *,
    seats_for: Callable[[Request], tuple[Seat, ...]],
    limits: Limits,
    protocol: str,
    prompts: Mapping[str, str],
    dossier_id: str,
) -> Case:
    """The frozen case for a request. ``limits`` and ``protocol`` are the configured ones.

    ``seats_for`` resolves seats and personas. Raises ``CallerError`` for anything the caller
    can mend, before anything is paid for: what is wrong with the question first, then
    ``NoSeats`` where there is nobody to put it to.
    """
    method = request.method or ("options" if request.options else "majority")
    protocol = request.protocol or protocol
    check_question(request.question)
    for argument, text in [
        ("context", request.context),
        *(("options", o) for o in request.options),
    ]:
        check_text(argument, text)
    check_method(method, request.options)
    check_protocol(protocol)
    asked = {"max_rounds": request.max_rounds, "min_rounds": request.min_rounds}
    limits = limits.model_copy(update={k: v for k, v in asked.items() if v is not None})
    check_rounds(limits.min_rounds, limits.max_rounds)
    seats = seats_for(request)
    check_seat_names([seat.name for seat in seats])
    case = Case(
        dossier_id=dossier_id,
        question=request.question,
        context=request.context,
        method=cast(MethodName, method),
        options=request.options,
        protocol=cast(ProtocolName, protocol),
        procedure=procedure_name(cast(MethodName, method), cast(ProtocolName, protocol)),
        seats=seats,
        limits=limits,
        seed="",
        prompts=prompts,
    )
    # The key does not cover the id, so the same question put twice is blinded differently.
    return case.model_copy(update={"seed": digest(case_key(case), dossier_id)})
