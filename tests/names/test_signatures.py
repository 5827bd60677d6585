"""Authors who name themselves are unsigned in their peers' copy, and only there. Semantics R12."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magi_mcp.core.case import Lens, Seat
from magi_mcp.core.names import identities, unsigned

CLAUDE = identities(
    Seat(
        name="melchior",
        model="openrouter/anthropic/claude-sonnet-4.5",
        lens=Lens(name="The Engineer", text="Look at it as an engineer would."),
    ),
    None,
)
GEMINI = identities(Seat(name="casper", model="gemini/gemini-2.5-flash"), None)
GPT = identities(Seat(name="balthasar", model="openai/gpt-4o"), "openai/gpt-4o-2024-11-20")

BODY = "The lock is short. Ship it."


@pytest.mark.parametrize(
    "opening",
    [
        "As Claude, ",
        "As Claude Sonnet 4.5, ",
        "as claude-sonnet-4.5: ",
        "As Claude, an AI by Anthropic, ",
        "As Claude, an AI assistant made by Anthropic, ",
        "As Claude (Anthropic), ",
        "As an AI assistant made by Anthropic, ",
        "As a large language model trained by Anthropic, ",
        "As an AI language model developed by Anthropic, ",
        "As an AI model called Claude, ",
        "As an Anthropic model, ",
        "As Anthropic's language model, ",
        "As Melchior, ",
        "As the Engineer, ",
        "As an engineer, ",
        "Speaking as Melchior: ",
        "Speaking as the Melchior, ",
        "Writing as Melchior — ",
        "In my role as Melchior, ",
        "In my capacity as the Engineer, ",
        "From the perspective of Melchior, ",
        "**As Claude,** ",
        "_As Melchior_, ",
        "I'm Claude. ",
        "I’m Claude, ",
        "I am Claude, an AI by Anthropic. ",
        "I am an AI assistant made by Anthropic. ",
        "Hello, I am Claude. ",
        "Hi! This is Melchior. ",
        "My name is Claude. ",
        "This is Melchior: ",
        "Claude here. ",
        "Hi all, Claude here — ",
        "Melchior here: ",
        "Claude: ",
        "Claude Sonnet 4.5: ",
        "**Melchior:** ",
        "[Melchior]: ",
        "[Melchior] ",
        "**[Melchior]** ",
        "Melchior (Claude): ",
        "Melchior — ",
        "Melchior says: ",
        "## Melchior\n\n",
        "**Claude**\n",
        "# Melchior: ",
        "Als Claude, ",
        "Als KI-Modell von Anthropic, ",
        "Aus Sicht von Melchior: ",
        "Ich bin Claude. ",
        "Hier ist Claude: ",
        "En tant que Claude, ",
        "En tant que modèle Claude, ",
        "Je suis Claude. ",
        "Como Claude, ",
        "As Claude, as Melchior, ",
        "[Melchior]: As Claude, ",
    ],
)
def test_an_opening_clause_that_names_its_author_is_removed(opening: str) -> None:
    assert unsigned(f"{opening}{BODY[:1].lower()}{BODY[1:]}", CLAUDE, kept="Ship it?") == BODY


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("As GPT-4o, I think it ships.", "I think it ships."),
        ("I'm GPT-4o and I think it ships.", "I think it ships."),
        ("I am ChatGPT and would ship it.", "I would ship it."),
        ("I am GPT-4o, and I would ship it.", "I would ship it."),
        ("As GPT-4o-2024-11-20, I would ship it.", "I would ship it."),
        ("As an AI developed by OpenAI, I would ship it.", "I would ship it."),
        ("As an OpenAI model I would ship it.", "As an OpenAI model I would ship it."),
        ("Ich bin GPT-4o und ich warte.", "Ich warte."),
        ("Je suis ChatGPT et je pense que oui.", "Je pense que oui."),
    ],
)
def test_what_is_left_is_a_sentence(text: str, left: str) -> None:
    assert unsigned(text, GPT, kept="") == left


def test_a_model_that_names_only_its_maker_is_recognised() -> None:
    text = "As a large language model trained by Google, I would wait."
    assert unsigned(text, GEMINI, kept="") == "I would wait."
    assert unsigned(text, CLAUDE, kept="") == text


@pytest.mark.parametrize(
    "closing",
    [
        "\n\n— Melchior",
        "\n— Claude Sonnet 4.5",
        "\n-- Claude",
        "\n\n- Melchior",
        "\n\n*Melchior*",
        "\n\n**— Melchior**",
        "\n\nMelchior",
        "\n\nSincerely,\nClaude",
        "\n\nBest regards,\nMelchior.",
        "\nSigned, Melchior",
        "\n\nClaude (Anthropic)",
        "\n\n— Claude, an AI by Anthropic",
        " — Claude",
        " – Melchior.",
        " (Melchior)",
        " Signed, Claude.",
        " I say this as Claude.",
        " That is my view as Melchior.",
        " Speaking as Melchior.",
        " I am Claude.",
        " This is Melchior.",
        " Claude out.",
        "\n\nRegards, Melchior\n— Claude",
    ],
)
def test_a_closing_clause_that_names_its_author_is_removed(closing: str) -> None:
    assert unsigned(f"{BODY}{closing}", CLAUDE, kept="Ship it?") == BODY
    assert unsigned(f"{BODY}{closing}\n", CLAUDE, kept="Ship it?").rstrip() == BODY


def test_a_last_clause_is_cut_without_its_comma() -> None:
    assert unsigned("Ship it, says Claude.", CLAUDE, kept="") == "Ship it."
    assert unsigned("Ship it, speaking as Melchior!", CLAUDE, kept="") == "Ship it!"


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "As Anthropic's report shows, the lock is short.",
        "As Anthropic reports, the lock is short.",
        "As Anthropic, OpenAI and Google agree, the lock is short.",
        "Anthropic: its report shows that the lock is short.",
        "Anthropic here contradicts the log.",
        "As a critic of Anthropic, I would look at the log.",
        "As a user of Claude, one waits for the lock.",
        "As an AI researcher at Anthropic wrote, the lock is short.",
        "As Claude Monet painted the cathedral at every hour, so the log shows every lock.",
        "Claude Monet painted water lilies.",
        "Claude was asked for it, and the lock is short.",
        "Claude's release notes say the lock is short.",
        "As Claude's release notes say, the lock is short.",
        "I am Claude's fiercest critic and would wait.",
        "This is Claude Monet's best painting.",
        "The Claude paper says so in its third section.",
        "The lock is short, as the Claude paper says in its third section.",
        "We could ask Claude, an AI by Anthropic, before we ship.",
        "If I were Claude, I would wait.",
        "Use the cheaper vendor (Claude).",
        "The cheapest of them is Claude.",
        "Ship it with Claude",
        "The candidates are:\n- GPT\n- Claude",
        "The candidates are:\n1. GPT\n2. Claude",
        "The best of them is:\nClaude",
        '"As Claude, I would ship it" is what the log holds.',
        "“Claude: ship it” is what the log holds.",
        "> As Claude, I would ship it.\n\nThat is wrong.",
        "> Rows are lost.\n— Claude",
        'It says: "Rows are lost." — Claude',
        'The log says "Ship it. — Claude',
        "`Claude: 3` is what the log holds.",
        "```\nClaude: 3\n```\nThat is what the log holds.",
        "The log holds:\n```\nrows are lost\n— Claude",
        "The log holds:\n```\nship it.\n— Claude\n```",
        "Melchiorre Gioia wrote on statistics.",
        "Claudette: ship it.",
        "As claudes go, this one waits.",
        "As Claude",
        "— Claude",
        "Claude",
        "[Melchior]:",
        "",
        "   ",
    ],
)
def test_everything_else_stands_as_written(text: str) -> None:
    assert unsigned(text, CLAUDE, kept="Ship it?") == text


@pytest.mark.parametrize(
    "text",
    [
        "As Claude, the tool writes longer answers.",
        "Claude: longer answers. GPT: shorter ones.",
        "The better of the two, for all that, is another.\n\nClaude",
    ],
)
def test_a_name_that_the_question_itself_uses_is_a_subject(text: str) -> None:
    assert unsigned(text, CLAUDE, kept="Claude or GPT: which should we use?") == text
    assert unsigned(text, CLAUDE, kept="Which should we use?\nclaude\nGPT") == text


def test_other_names_of_the_author_go_even_where_the_question_uses_one() -> None:
    text = "Speaking as Melchior, Claude is the better of the two."
    left = unsigned(text, CLAUDE, kept="Claude or GPT?")
    assert left == "Claude is the better of the two."


def test_a_seat_has_the_names_of_the_model_that_served_too() -> None:
    seat = Seat(name="casper", model="gemini/gemini-2.5-flash")
    fallback = identities(seat, "openrouter/mistralai/mistral-large")
    assert unsigned("As Mistral Large, I would wait.", fallback, kept="") == "I would wait."
    assert unsigned("As Gemini, I would wait.", fallback, kept="") == "I would wait."


def test_a_family_that_the_configuration_names_is_a_name() -> None:
    seat = Seat(name="casper", model="openai/house-7", family="Hausmarke")
    text = "As a model by Hausmarke, I would wait."
    assert unsigned(text, identities(seat, None), kept="") == "I would wait."


NAMES = ["Claude", "Melchior", "Anthropic", "claude-sonnet-4.5", "The Engineer"]
PIECES = st.sampled_from(
    [*NAMES, "As ", "as ", "an AI by ", ", ", ". ", ": ", "\n", "— ", "I am ", "I think ", "and ",
     "here", "Signed, ", "(", ")", "[", "]", "**", '"', "> ", "```", "- ", "the lock ", "ships"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=14).map("".join)


@given(TEXTS)
def test_unsigning_twice_is_unsigning_once(text: str) -> None:
    once = unsigned(text, CLAUDE, kept="")
    assert unsigned(once, CLAUDE, kept="") == once


@given(TEXTS)
def test_a_text_that_says_something_is_never_emptied(text: str) -> None:
    assert bool(unsigned(text, CLAUDE, kept="").strip()) == bool(text.strip())


@given(TEXTS)
def test_only_the_ends_are_touched(text: str) -> None:
    left = unsigned(text, CLAUDE, kept="").strip()
    middle = left.removeprefix("I ")[1:]
    assert middle in text
    assert len(left) <= len(text)


@given(TEXTS)
def test_a_text_without_names_of_its_author_stands_as_written(text: str) -> None:
    assert unsigned(text, GEMINI, kept="") == text
    assert unsigned(text, CLAUDE, kept=" ".join(NAMES + sorted(CLAUDE))) == text


def test_long_texts_are_unsigned_at_once() -> None:
    for piece in ("As Claude ", "a ", "I am an AI ", "— Claude\n", "\n", "*", "(", "As an AI "):
        text = piece * (60_000 // len(piece))
        assert unsigned(f"As Claude, {text}ship it", CLAUDE, kept="").endswith("ship it")
