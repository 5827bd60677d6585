"""Who looks through which lens: the contract's rule for the `personas` argument."""

from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from magi_mcp.personas import (
    Persona,
    PersonasError,
    Preset,
    PresetFault,
    PresetLibrary,
    UnknownPreset,
    find_persona,
    resolve_personas,
)


def preset(name: str, *personas: str) -> Preset:
    return Preset(
        name=name,
        description=name,
        personas=tuple(Persona(name=each, lens=f"lens of {each}") for each in personas),
    )


EVA = preset("eva", "Melchior", "Balthasar", "Casper")
REVIEW = preset("code-review", "Tracer", "Intruder")
LIBRARY = PresetLibrary(
    {"eva": EVA, "code-review": REVIEW}, (PresetFault("/p/mine.toml", 3, "is blank"),)
)


def resolve(
    *requested: str, seats: int = 3, default: str = "eva"
) -> tuple[Sequence[str | None], Sequence[str | None]]:
    """The names and the lenses of the seats."""
    personas = resolve_personas(requested, seats, LIBRARY, default)
    return [p.name if p else None for p in personas], [p.lens if p else None for p in personas]


def test_nothing_requested_is_the_default_preset_in_seat_order() -> None:
    assert resolve() == (
        ["Melchior", "Balthasar", "Casper"],
        ["lens of Melchior", "lens of Balthasar", "lens of Casper"],
    )
    assert resolve(seats=1)[0] == ["Melchior"]


def test_none_takes_every_persona_away() -> None:
    assert resolve_personas(["none"], 3, LIBRARY, "eva") == (None, None, None)
    assert resolve_personas([" NONE "], 2, LIBRARY, "no such preset") == (None, None)


def test_the_default_itself_may_be_none() -> None:
    assert resolve_personas([], 2, LIBRARY, "none") == (None, None)
    assert resolve("Melchior", "b", default="none", seats=2)[0] == ["Lens 1", "Lens 2"]


@pytest.mark.parametrize("seats", [1, 2])
def test_one_item_that_names_a_preset_is_that_preset(seats: int) -> None:
    assert resolve("Code-Review", seats=seats)[0] == ["Tracer", "Intruder"][:seats]


def test_more_seats_than_personas_begin_again_under_names_of_their_own() -> None:
    names, lenses = resolve(seats=7)
    assert names == [
        "Melchior",
        "Balthasar",
        "Casper",
        "Melchior 2",
        "Balthasar 2",
        "Casper 2",
        "Melchior 3",
    ]
    assert lenses[3] == lenses[6] == "lens of Melchior"


def test_a_number_that_a_persona_already_bears_is_passed_over() -> None:
    library = PresetLibrary({"odd": preset("odd", "A", "A 2")})
    names = [p.name for p in resolve_personas([], 4, library, "odd") if p]
    assert names == ["A", "A 2", "A 3", "A 2 2"]


def test_lenses_of_the_callers_own_are_numbered_by_seat() -> None:
    assert resolve("Count {cost}.", "casper", " Look\nhere. ") == (
        ["Lens 1", "Casper", "Lens 3"],
        ["Count {cost}.", "lens of Casper", "Look\nhere."],
    )


def test_the_same_lens_may_be_given_twice() -> None:
    assert resolve("Casper", "Casper", "Casper")[0] == ["Casper", "Casper 2", "Casper 3"]


def test_a_single_seat_may_have_a_lens_of_its_own() -> None:
    assert resolve("Count the cost.", seats=1) == (["Lens 1"], ["Count the cost."])


@pytest.mark.parametrize("word", ["code-reviev", "Eva2", " code_review "])
def test_a_single_word_like_a_presets_name_is_no_lens_even_for_one_seat(word: str) -> None:
    with pytest.raises(UnknownPreset, match=r"did you mean .* or a lens of more than one word"):
        resolve(word, seats=1)


@pytest.mark.parametrize("lens", ["Sceptic", "code-reviev of costs", "Eve"])
def test_what_is_not_like_a_presets_name_is_a_lens_for_one_seat(lens: str) -> None:
    assert resolve(lens, seats=1)[1] == [lens]


def test_a_persona_may_be_called_almost_like_a_preset() -> None:
    library = PresetLibrary({"eva": preset("eva", "Evan")})
    [persona] = resolve_personas(["evan"], 1, library, "eva")
    assert persona is not None
    assert persona.name == "Evan"


def test_a_single_unknown_item_for_several_seats_is_no_lens_but_a_mistake() -> None:
    with pytest.raises(UnknownPreset) as caught:
        resolve("code-reviev")
    assert caught.value.nearest == "code-review"
    assert "or one lens for each of the 3 seats" in str(caught.value)


def test_a_long_text_given_once_for_several_seats_is_shown_shortened() -> None:
    with pytest.raises(UnknownPreset) as caught:
        resolve("x" * 100_000)
    assert caught.value.name == "x" * 100_000
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("seats", [1, 3])
def test_the_name_of_a_malformed_preset_is_answered_with_its_fault(seats: int) -> None:
    with pytest.raises(UnknownPreset, match=r"/p/mine\.toml:3: is blank"):
        resolve("mine", seats=seats)


def test_an_unknown_default_preset_is_named() -> None:
    with pytest.raises(UnknownPreset, match="no preset is called 'evaa'; did you mean 'eva'"):
        resolve(default="evaa")


@pytest.mark.parametrize("lenses", [("a", "b"), ("a", "b", "c", "d")])
def test_a_number_of_lenses_other_than_that_of_seats_is_refused(lenses: tuple[str, ...]) -> None:
    with pytest.raises(PersonasError) as caught:
        resolve(*lenses)
    assert str(caught.value) == (
        f"personas: {len(lenses)} items for 3 seats; give nothing (the default preset), one "
        'preset\'s name (code-review, eva), "none", or exactly 3 lenses, one for each seat'
    )


@pytest.mark.parametrize("lenses", [("a", " \n", "c"), ("a", "")])
def test_a_blank_lens_is_refused_by_its_place(lenses: tuple[str, ...]) -> None:
    with pytest.raises(PersonasError, match=r"personas\[1\] is blank; give nothing"):
        resolve(*lenses)


def test_none_among_lenses_is_refused() -> None:
    with pytest.raises(PersonasError, match='"none" must stand alone'):
        resolve("a", "None", "c")


def test_a_persona_is_found_by_name_whatever_its_case() -> None:
    assert find_persona(" melchior", EVA.personas) == EVA.personas[0]
    assert find_persona("Tracer", EVA.personas) is None


def test_presets_made_in_code_obey_the_same_rules_as_files() -> None:
    with pytest.raises(ValidationError, match="already taken"):
        preset("twins", "A", "a")
    with pytest.raises(ValidationError, match="is blank"):
        Persona(name="A", lens=" ")


@pytest.mark.parametrize("field", ["name", "lens", "summary"])
def test_a_persona_cannot_be_changed_after_reading(field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(EVA.personas[0], field, "another")
