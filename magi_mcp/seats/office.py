"""Seats: who serves each seat of a case, and what that can cost. Implements ``Seating``.

Put together here from all the other modules; it decides nothing that they do not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from magi_mcp.core.budget import Purse, Tariff
from magi_mcp.core.callers import CALLER
from magi_mcp.core.case import ARBITER, AnyCase, Candidate, Seat
from magi_mcp.core.families import SCRIPTED
from magi_mcp.core.health import Health
from magi_mcp.ports import Clock, SeatPort
from magi_mcp.seats.chain import Chain, Rota
from magi_mcp.seats.completions import Completions, ModelFault
from magi_mcp.seats.failing import FailingModels, is_failing
from magi_mcp.seats.model_seat import ModelSeat
from magi_mcp.seats.one_call import Caller, CallFacilities
from magi_mcp.seats.places import Places
from magi_mcp.seats.reply_formats import ReplyFormats
from magi_mcp.seats.retrying import Retries
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.seats.scripts import script_named
from magi_mcp.seats.secrecy import Redactor
from magi_mcp.seats.substitutes import Substitutes
from magi_mcp.seats.tariffs import FREE_OF_CHARGE, tariff_of, whichever


class Office:
    """Seats councils with models, or with the scripts that their model strings name.

    There is one for a process: what is learnt of a model in one deliberation, how it fares and
    which reply formats it takes, holds for all. ``health`` is open to whoever wants to tell.
    """

    def __init__(
        self,
        completions: Completions,
        *,
        redact: Redactor,
        places: Places,
        clock: Clock,
        health: Health | None = None,
        retries: Retries | None = None,
    ) -> None:
        self.health = health or Health()
        self._facilities = CallFacilities(completions, self.health, places, clock, redact)
        self._failing = replace(self._facilities, completions=FailingModels())
        self._formats = ReplyFormats()
        self._retries = retries or Retries()

    def seats(self, case: AnyCase, purse: Purse) -> Mapping[str, SeatPort]:
        """Who answers for everybody in the case, by name; each call is paid out of ``purse``.

        Raises ``CallerError`` for a script that does not exist.
        """
        timeout_s = case.limits.timeout_s
        caller = Caller(self._facilities, case.dossier_id, purse, timeout_s)
        rota = Rota(self.health, self._facilities.clock, timeout_s)
        for candidate in case.substitutes:
            self._port(caller, case.seats[0].name, (), candidate)
        shared = Substitutes(case.substitutes)
        # An arbiter is no voice that could be missed.
        nobody = Substitutes()
        return {
            seat.name: self._chain(seat, caller, nobody if seat.name == ARBITER else shared, rota)
            for seat in case.everybody
        }

    def _chain(self, seat: Seat, caller: Caller, substitutes: Substitutes, rota: Rota) -> Chain:
        others_behind = seat.candidates if substitutes.free() else seat.candidates[:-1]
        return Chain(
            seat.name,
            seat.candidates,
            partial(self._port, caller, seat.name, others_behind),
            substitutes=substitutes,
            purse=caller.purse,
            rota=rota,
        )

    async def tariffs(self, case: AnyCase) -> Mapping[str, Tariff]:
        """What one call to each of them can cost at most, whoever serves it. Calls nobody."""
        substitutes = [await self._tariff(each) for each in case.substitutes]
        tariffs = {}
        for seat in case.everybody:
            own = [await self._tariff(each) for each in seat.candidates]
            all_who_may_serve = own if seat.name == ARBITER else [*own, *substitutes]
            tariffs[seat.name] = whichever(all_who_may_serve)
        return tariffs

    async def _tariff(self, candidate: Candidate) -> Tariff:
        if candidate.model.startswith(SCRIPTED):
            return FREE_OF_CHARGE
        if candidate.model == CALLER:
            return tariff_of(candidate, None)
        try:
            facts = await self._facilities.completions.facts(candidate.model)
        except ModelFault:
            return tariff_of(candidate, None)
        return tariff_of(candidate, facts)

    def _port(
        self, caller: Caller, seat: str, others_behind: Sequence[Candidate], candidate: Candidate
    ) -> SeatPort:
        if is_failing(candidate.model):
            caller = replace(caller, facilities=self._failing)
        elif candidate.model.startswith(SCRIPTED):
            script = script_named(candidate.model.removeprefix(SCRIPTED))
            return ScriptedSeat(script(seat), model=candidate.model)
        retries = replace(self._retries, after_timeouts=candidate not in others_behind)
        return ModelSeat(candidate, caller, self._formats, retries)
