"""Who sits on the council, and through which lens each seat looks."""

from collections.abc import Sequence

import pytest

from magi_mcp.core.case import Lens
from magi_mcp.core.errors import CallerError, NoSeats
from magi_mcp.council import council
from magi_mcp.personas import Persona, Preset, PresetLibrary
from magi_mcp.settings import ConfigurationError, Settings
from tests.settings.conftest import Machine


def preset(name: str, *personas: str) -> Preset:
    return Preset(
        name=name,
        description=name,
        personas=tuple(Persona(name=each, lens=f"lens of {each}") for each in personas),
    )


LIBRARY = PresetLibrary(
    {
        "eva": preset("eva", "Melchior", "Balthasar", "Casper"),
        "duo": preset("duo", "Ann", "Bob"),
    }
)


def names(settings: Settings, *seats: str) -> list[str]:
    return [seat.name for seat in council(settings, seats=seats, personas=[], library=LIBRARY)]


def lenses(
    settings: Settings, seats: Sequence[str] = (), personas: Sequence[str] = ()
) -> list[str | None]:
    """The names of the lenses, in seat order."""
    found = council(settings, seats=seats, personas=personas, library=LIBRARY)
    return [seat.lens.name if seat.lens else None for seat in found]


def tables(*personas: str | None) -> str:
    """One [[seats]] table for each persona; None names none."""
    return "".join(
        '[[seats]]\nmodel = "m"\n' + (f'persona = "{persona}"\n' if persona else "")
        for persona in personas
    )


def test_seats_without_names_take_evas_in_order_and_then_numbers(machine: Machine) -> None:
    settings = machine.load()
    assert names(settings, "a", "b", "c", "d", "e") == [
        "melchior",
        "balthasar",
        "casper",
        "seat-4",
        "seat-5",
    ]


def test_a_default_name_that_is_taken_is_skipped(machine: Machine) -> None:
    settings = machine.load()
    assert names(settings, "a", "Melchior=b", "c") == ["balthasar", "Melchior", "casper"]
    assert names(settings, "seat-4=a", "b", "c", "d", "e") == [
        "seat-4",
        "melchior",
        "balthasar",
        "casper",
        "seat-5",
    ]


def test_fifteen_seats_that_take_all_the_first_default_names_get_others(machine: Machine) -> None:
    given = [f"seat-{number}=m" for number in range(4, 11)]
    found = names(machine.load(), *given, *["m"] * 8)
    assert len(set(found)) == 15
    assert found[-1] == "seat-15"


def test_two_seats_on_one_model_stay_two_seats(machine: Machine) -> None:
    seats = council(machine.load(), seats=["openai/x", "openai/x"], personas=[], library=LIBRARY)
    assert [(seat.name, seat.model) for seat in seats] == [
        ("melchior", "openai/x"),
        ("balthasar", "openai/x"),
    ]


def test_the_callers_seats_replace_the_configured_ones(machine: Machine) -> None:
    settings = machine.load(user='[[seats]]\nname = "mine"\nmodel = "m"\nfamily = "acme"')
    assert names(settings, "his=m") == ["his"]
    [seat] = council(settings, seats=[], personas=[], library=LIBRARY)
    assert (seat.name, seat.model, seat.family) == ("mine", "m", "acme")


def test_a_seat_that_does_not_parse_is_the_callers_mistake(machine: Machine) -> None:
    with pytest.raises(CallerError, match=r"^seats: seat 2 of 2, 'b=': the model is blank"):
        council(machine.load(), seats=["a", "b="], personas=[], library=LIBRARY)


def test_nobody_to_seat_says_exactly_what_to_set(machine: Machine) -> None:
    with pytest.raises(NoSeats) as caught:
        council(machine.load(), seats=[], personas=[], library=LIBRARY)
    for what in ("--seat ", "MAGI_SEATS=", str(machine.user_file), "[[seats]]", "OPENAI_API_KEY"):
        assert what in str(caught.value)


def test_what_is_said_to_set_can_be_set(machine: Machine) -> None:
    with pytest.raises(NoSeats) as caught:
        council(machine.load(), seats=[], personas=[], library=LIBRARY)
    words = str(caught.value).replace(";", "").split()
    seats = next(word for word in words if word.startswith("MAGI_SEATS=")).partition("=")[2]
    assert names(machine.load(env={"MAGI_SEATS": seats})) == ["melchior", "balthasar"]


def test_seats_that_name_no_persona_take_the_presets_in_order(machine: Machine) -> None:
    assert lenses(machine.load(), ["a", "b"]) == ["Melchior", "Balthasar"]
    assert lenses(machine.load(env={"MAGI_PERSONAS": "duo"}), ["a", "b", "c"]) == [
        "Ann",
        "Bob",
        "Ann 2",
    ]


def test_a_preset_of_none_is_no_lens(machine: Machine) -> None:
    assert lenses(machine.load(user='personas = "None"'), ["a", "b"]) == [None, None]


def test_a_seats_own_persona_is_one_of_the_presets_or_a_text(machine: Machine) -> None:
    settings = machine.load(user=tables("melchior", "Count the cost.", None, None))
    seats = council(settings, seats=[], personas=[], library=LIBRARY)
    assert [seat.lens for seat in seats] == [
        Lens(name="Melchior", text="lens of Melchior"),
        Lens(name="Lens 2", text="Count the cost."),
        Lens(name="Balthasar", text="lens of Balthasar"),
        Lens(name="Casper", text="lens of Casper"),
    ]


def test_a_persona_that_a_later_seat_claims_is_not_dealt_to_another(machine: Machine) -> None:
    settings = machine.load(user=tables(None, None, "Melchior"))
    assert lenses(settings) == ["Balthasar", "Casper", "Melchior"]


def test_when_every_persona_is_claimed_the_others_begin_again(machine: Machine) -> None:
    settings = machine.load(user=tables("Casper", "Balthasar", "Melchior", None))
    assert lenses(settings) == ["Casper", "Balthasar", "Melchior", "Melchior"]


def test_a_persona_of_ones_own_stands_where_the_preset_is_none(machine: Machine) -> None:
    settings = machine.load(user='personas = "none"\n' + tables("Casper", None))
    seats = council(settings, seats=[], personas=[], library=LIBRARY)
    assert [seat.lens for seat in seats] == [Lens(name="Lens 1", text="Casper"), None]


def test_the_callers_personas_beat_the_seats_own(machine: Machine) -> None:
    settings = machine.load(user=tables("Casper", "Count the cost."))
    assert lenses(settings, personas=["duo"]) == ["Ann", "Bob"]
    assert lenses(settings, personas=["none"]) == [None, None]
    assert lenses(settings, personas=["Balthasar", "Count."]) == ["Balthasar", "Lens 2"]


def test_an_unknown_preset_of_the_callers_is_the_callers_mistake(machine: Machine) -> None:
    settings = machine.load(user='personas = "duo"')
    with pytest.raises(CallerError) as caught:
        lenses(settings, ["a", "b"], ["evaa"])
    assert not isinstance(caught.value, ConfigurationError)
    assert str(caught.value).startswith("personas: no preset is called 'evaa'; did you mean 'eva'?")


@pytest.mark.parametrize("personas", [[], ["a lens", "another"]])
def test_an_unknown_preset_of_the_configuration_is_told_with_its_line(
    machine: Machine, personas: list[str]
) -> None:
    settings = machine.load(opened='\npersonas = "evaa"')
    with pytest.raises(ConfigurationError) as caught:
        lenses(settings, ["a", "b"], personas)
    assert machine.shown(str(caught.value)).startswith(
        "O:2: personas: no preset is called 'evaa'; did you mean 'eva'?"
    )


def test_a_number_of_personas_other_than_that_of_seats_is_refused(machine: Machine) -> None:
    with pytest.raises(CallerError, match=r"^personas: 2 items for 3 seats; give nothing"):
        lenses(machine.load(), ["a", "b", "c"], ["x", "y"])


def test_a_seats_trust_goes_with_it_to_the_council(machine: Machine) -> None:
    settings = machine.load(user='[[seats]]\nmodel = "a"\ntrust = 2.5\n[[seats]]\nmodel = "b"')
    seats = council(settings, seats=[], personas=[], library=LIBRARY)
    assert [seat.trust for seat in seats] == [2.5, 0.0]
