"""Who sits on the council, and through which lens each seat looks."""

from collections.abc import Sequence

import pytest

from magi_mcp.candidates import configured_arbiter, roster_of, substitutes_of
from magi_mcp.core.case import Access, Candidate, Lens
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


def test_a_seat_without_a_name_has_that_of_its_place_or_the_first_free_one(
    machine: Machine,
) -> None:
    settings = machine.load()
    assert names(settings, "a", "Melchior=b", "c") == ["balthasar", "Melchior", "casper"]
    assert names(settings, "seat-4=a", "b", "c", "d", "e") == [
        "seat-4",
        "balthasar",
        "casper",
        "melchior",
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


def accesses(settings: Settings) -> list[tuple[str, Access]]:
    """The candidates of the only seat, each with how it is reached."""
    [seat] = council(settings, seats=[], personas=[], library=LIBRARY)
    return [(each.model, each.access) for each in seat.candidates]


OWN = """\
[[seats]]
model = "openai/own"
api_base = "http://127.0.0.1:8000/v1"
api_key_env = "OWN_KEY"
temperature = 0.3
max_tokens = 900
family = "meta"
extra_body = { top_k = 5 }
fallbacks = %s
"""
OWN_ACCESS = Access(
    api_base="http://127.0.0.1:8000/v1",
    api_key_env="OWN_KEY",
    temperature=0.3,
    max_tokens=900,
    extra_body={"top_k": 5},
)
USUAL_ACCESS = Access(temperature=0.3, max_tokens=900)


def test_a_fallback_of_the_same_provider_is_reached_as_the_seats_model(machine: Machine) -> None:
    settings = machine.load(user=OWN % '["openai/other", "openai/org/third"]')
    assert accesses(settings) == [
        ("openai/own", OWN_ACCESS),
        ("openai/other", OWN_ACCESS),
        ("openai/org/third", OWN_ACCESS),
    ]


@pytest.mark.parametrize("model", ["anthropic/claude-haiku-4-5", "gpt-5-mini", "openaix/y"])
def test_a_fallback_of_another_provider_never_gets_the_address_or_the_key(
    machine: Machine, model: str
) -> None:
    settings = machine.load(user=OWN % f'["{model}"]')
    assert accesses(settings)[1:] == [(model, USUAL_ACCESS)]


def test_models_without_a_provider_share_nothing_for_theirs_are_not_known(
    machine: Machine,
) -> None:
    user = '[[seats]]\nmodel = "gpt-5-mini"\napi_key_env = "K"\nfallbacks = ["claude-haiku-4-5"]'
    assert accesses(machine.load(user=user))[1:] == [("claude-haiku-4-5", Access())]


def test_a_fallback_with_a_table_has_what_stands_in_it_and_the_seats_temperature(
    machine: Machine,
) -> None:
    tables = (
        '[{ model = "openai/b" }, { model = "openai/c", api_base = "http://c/v1", '
        'api_key_env = "C", temperature = 0, max_tokens = 1, extra_body = { a = 1 } }]'
    )
    assert accesses(machine.load(user=OWN % tables))[1:] == [
        ("openai/b", USUAL_ACCESS),
        (
            "openai/c",
            Access(
                api_base="http://c/v1",
                api_key_env="C",
                temperature=0,
                max_tokens=1,
                extra_body={"a": 1},
            ),
        ),
    ]


def test_a_family_is_that_of_the_model_beside_which_it_stands(machine: Machine) -> None:
    fallbacks = '["openai/b", { model = "openai/c", family = "alibaba" }]'
    [seat] = council(machine.load(user=OWN % fallbacks), seats=[], personas=[], library=LIBRARY)
    assert [each.family for each in seat.candidates] == ["meta", None, "alibaba"]


def test_seat_strings_carry_their_fallbacks(machine: Machine) -> None:
    [seat] = council(machine.load(), seats=["ann=openai/a|groq/b|c"], personas=[], library=LIBRARY)
    assert seat.name == "ann"
    assert [each.model for each in seat.candidates] == ["openai/a", "groq/b", "c"]


def test_a_model_that_is_configured_is_reached_so_whoever_names_it(machine: Machine) -> None:
    settings = machine.load(user=OWN % '[{ model = "openai/c", api_base = "http://c/v1" }]')
    [seat] = council(
        settings,
        seats=["openai/c|openai/own|openai/new|groq/x"],
        personas=[],
        library=LIBRARY,
        roster=roster_of(settings),
    )
    assert [(each.model, each.access.api_base) for each in seat.candidates] == [
        ("openai/c", "http://c/v1"),
        ("openai/own", "http://127.0.0.1:8000/v1"),
        ("openai/new", "http://c/v1"),
        ("groq/x", None),
    ]
    assert seat.candidates[1].family == "meta"


def test_an_arbiter_is_reached_as_it_is_configured(machine: Machine) -> None:
    assert configured_arbiter(machine.load()) is None
    user = (OWN % '["openai/b", "groq/c"]').replace("[[seats]]", "[arbiter]")
    arbiter = configured_arbiter(machine.load(user=user))
    assert arbiter is not None
    assert (arbiter.name, arbiter.lens) == ("arbiter", None)
    assert [(each.model, each.access) for each in arbiter.candidates] == [
        ("openai/own", OWN_ACCESS),
        ("openai/b", OWN_ACCESS),
        ("groq/c", USUAL_ACCESS),
    ]


def test_substitutes_are_reached_as_they_are_written(machine: Machine) -> None:
    settings = machine.load(
        user='substitutes = ["groq/a", { model = "openai/b", api_key_env = "B", family = "xai" }]'
    )
    assert substitutes_of(settings) == (
        Candidate(model="groq/a"),
        Candidate(model="openai/b", access=Access(api_key_env="B"), family="xai"),
    )


def test_the_roster_holds_every_model_of_the_configuration(machine: Machine) -> None:
    settings = machine.load(
        user=(
            'substitutes = ["s/a"]\nallowed_models = ["x/*"]\n'
            + OWN % '["openai/b"]'
            + "[arbiter]\n"
            'model = "a/a"\nfallbacks = ["a/b"]'
        )
    )
    roster = roster_of(settings)
    assert [each.model for each in roster.configured] == [
        "openai/own",
        "openai/b",
        "a/a",
        "a/b",
        "s/a",
    ]
    assert roster.allowed == ("x/*",)


def test_where_seats_were_looked_for_is_said_before_what_to_set(machine: Machine) -> None:
    with pytest.raises(NoSeats, match=r"council\. Looked for: a key\. Name at least one"):
        council(
            machine.load(), seats=[], personas=[], library=LIBRARY, looked_for="Looked for: a key."
        )
