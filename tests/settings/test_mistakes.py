"""Every mistake is told in one form: place: key: problem (contract, "Configuration")."""

from pathlib import Path

import pytest

from magi_mcp.core.errors import CallerError
from magi_mcp.settings import ConfigurationError, load_settings
from tests.settings.conftest import Machine

ROOT_KEYS = (
    "allowed_models, arbiter, language, limits, log_level, method, oidc, personas, prompts_dir, "
    "protocol, roots, seats, server, store, substitutes"
)
LIMIT_KEYS = (
    "deadline_s, early_close, max_concurrent_calls, max_concurrent_calls_per_provider, "
    "max_cost_usd, max_cost_usd_per_day, max_tokens, max_tokens_per_day, max_wait_s, "
    "min_voices, timeout_s"
)
SEAT_KEYS = (
    "api_base, api_key_env, extra_body, fallbacks, family, max_tokens, model, name, persona, "
    "temperature, trust"
)
MODEL_KEYS = "api_base, api_key_env, extra_body, family, max_tokens, model, temperature"
SECONDS = "is not a number of seconds greater than 0"
VOICES = "is not a whole number from 1 to 15"
NAME = "the name may hold letters, digits, '_', '-' and '.' only, at most 40"
FALLBACKS = "the model contains '|'; in a table fallbacks are a list, 'fallbacks'"
MODEL = "is not a model string, such as 'openai/gpt-4o-mini'"
DOLLARS = "is not a number of US dollars greater than 0"
COUNT = "is not a whole number greater than 0"
HTTP = "is not an address that begins with http:// or https://"
STORE = "is not the path or address of a store, such as 'sqlite:///path/dossiers.sqlite3'"
EXAMPLE = (
    "write 'name=model' or 'model', such as 'melchior=openai/gpt-4o-mini', and fallbacks behind "
    "it: 'model|fallback'."
)
METHODS = "yes_no, options, probability, majority, consensus, minority, synthesis, compose"
PROTOCOLS = "vote, critique, escalate, adaptive"
LANGUAGE = "is not the name of a language, such as 'German' or 'de'"
LINE_BREAK = "contains a line break or another control character; name one language"
LOG_LEVELS = "debug, info, warning, error, critical"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[limits]\ntimeout_s = 'fast'", f"U:2: limits.timeout_s: 'fast' {SECONDS}"),
        ("[limits]\n\ntimeout_s = true", f"U:3: limits.timeout_s: true {SECONDS}"),
        ("[limits]\ntimeout_s = 0", f"U:2: limits.timeout_s: 0 {SECONDS}"),
        ("limits.deadline_s = -1.5", f"U:1: limits.deadline_s: -1.5 {SECONDS}"),
        ("[limits]\ndeadline_s = inf", f"U:2: limits.deadline_s: inf {SECONDS}"),
        ("[limits]\ndeadline_s = nan", f"U:2: limits.deadline_s: nan {SECONDS}"),
        ("[limits]\ndeadline_s = 1979-05-27", f"U:2: limits.deadline_s: 1979-05-27 {SECONDS}"),
        ("[limits]\nmin_voices = 0", f"U:2: limits.min_voices: 0 {VOICES}"),
        ("[limits]\nmin_voices = 16", f"U:2: limits.min_voices: 16 {VOICES}"),
        ("[limits]\nmin_voices = 1.5", f"U:2: limits.min_voices: 1.5 {VOICES}"),
        (
            f"[limits]\nmin_voices = 0x{'f' * 9_000}",
            f"U:2: limits.min_voices: a huge number {VOICES}",
        ),
        ("[limits]\nmax_cost_usd = 0", f"U:2: limits.max_cost_usd: 0 {DOLLARS}"),
        (
            "[limits]\nmax_cost_usd_per_day = inf",
            f"U:2: limits.max_cost_usd_per_day: inf {DOLLARS}",
        ),
        ("[limits]\nmax_tokens = 'all'", f"U:2: limits.max_tokens: 'all' {COUNT}"),
        ("[limits]\nmax_tokens_per_day = 0.5", f"U:2: limits.max_tokens_per_day: 0.5 {COUNT}"),
        ("[limits]\nmax_concurrent_calls = 0", f"U:2: limits.max_concurrent_calls: 0 {COUNT}"),
        ("[limits]\nearly_close = 1", "U:2: limits.early_close: 1 is not true or false"),
        ("limits = 5", "U:1: limits: 5 stands where the table [limits] should be"),
        (
            "\nstore = 's://u:pw@h'",
            "U:2: store: 's://***@h' stands where the table [store] should be",
        ),
        ("seats = {}", "U:1: seats: a table stands where [[seats]] tables should be"),
        ("seats = ['a']", "U:1: seats: a list stands where [[seats]] tables should be"),
        (
            "personas = ['a']",
            "U:1: personas: a list is not the name of a preset of personas, or 'none'",
        ),
        ("personas = ' '", "U:1: personas: ' ' is not the name of a preset of personas, or 'none'"),
        ("protocol = 'debate'", f"U:1: protocol: 'debate' is not known. Valid: {PROTOCOLS}."),
        ("protocol = 5", "U:1: protocol: 5 is not the name of a protocol"),
        (
            "method = 'compse'",
            f"U:1: method: 'compse' is not known. Did you mean 'compose'? Valid: {METHODS}.",
        ),
        ("method = ['vote']", "U:1: method: a list is not the name of a method"),
        ("language = 5", f"U:1: language: 5 {LANGUAGE}"),
        (
            "language = ' '",
            "U:1: language: ' ' is blank; name a language, such as 'German' or 'de'",
        ),
        (
            f"language = '{'x' * 41}'",
            f"U:1: language: '{'x' * 41}' has 41 characters, more than 40; name one language",
        ),
        (
            'language = "Dutch\\nobey"',
            f"U:1: language: 'Dutch\\nobey' {LINE_BREAK}",
        ),
        (
            "prompts_dir = ' '",
            "U:1: prompts_dir: ' ' is not the path of a folder of prompt templates",
        ),
        ("[arbiter]", "U:1: arbiter.model: is missing"),
        ("[arbiter]\nmodel = 'a b'", "U:2: arbiter.model: 'a b': the model contains white space"),
        (
            "arbiter = 'openai/o3'",
            "U:1: arbiter: 'openai/o3' stands where the table [arbiter] should be",
        ),
        ("[[seats]]\nmodel = 'a'\ntrust = 'much'", "U:3: seats[0].trust: 'much' is not a number"),
        ("[[seats]]\nmodel = 'a'\ntrust = nan", "U:3: seats[0].trust: nan is not a number"),
        ("[[seats]]\nmodel = 'a'\ntrust = true", "U:3: seats[0].trust: true is not a number"),
        ("log_level = 'loud'", f"U:1: log_level: 'loud' is not a log level: {LOG_LEVELS}"),
        (
            "[store]\nurl = ''",
            f"U:2: store.url: '' {STORE}",
        ),
        ("[[seats]]\nmodel = 'a'\n[[seats]]\nname = 'b'", "U:3: seats[1].model: is missing"),
        (
            "[[seats]]\nmodel = 5",
            "U:2: seats[0].model: 5 is not a model string, such as 'openai/gpt-4o-mini'",
        ),
        ("[[seats]]\nmodel = ''", "U:2: seats[0].model: '': the model is blank"),
        (
            "[[seats]]\nmodel = 'a|b'",
            f"U:2: seats[0].model: 'a|b': {FALLBACKS}",
        ),
        ("[[seats]]\nmodel = 'a'\nname = 'x y'", f"U:3: seats[0].name: 'x y': {NAME}"),
        (
            "[[seats]]\nmodel = 'a'\nname = 'Ann'\n[[seats]]\nmodel = 'b'\nname = 'ann'",
            "U:6: seats[1].name: the name 'ann' is already taken by a seat before",
        ),
        (
            "[[seats]]\nmodel = 'a'\npersona = ' '",
            "U:3: seats[0].persona: ' ' is not the name of a persona or a text of your own",
        ),
        (
            "[[seats]]\nmodel = 'a'\nfamily = 5",
            "U:3: seats[0].family: 5 is not the name of a model family, such as 'openai'",
        ),
        (
            "[[seats]]\nmodel = 'a'\nfallbacks = 'b'",
            "U:3: seats[0].fallbacks: 'b' is not a list of model strings or tables",
        ),
        ("[[seats]]\nmodel = 'a'\nfallbacks = ['b', 5]", f"U:3: seats[0].fallbacks[1]: 5 {MODEL}"),
        (
            "[[seats]]\nmodel = 'a'\nfallbacks = ['b c']",
            "U:3: seats[0].fallbacks[0]: 'b c': the model contains white space",
        ),
        (
            "[[seats]]\nmodel = 'a'\nfallbacks = [\n'b',\n{temperature = 1}]",
            "U:5: seats[0].fallbacks[1].model: is missing",
        ),
        (
            "[[seats]]\nmodel = 'a'\n[[seats.fallbacks]]\nmodel = 'b'\ntemperature = 2.1",
            "U:5: seats[0].fallbacks[0].temperature: 2.1 is not a number from 0 to 2",
        ),
        (
            "[[seats]]\nmodel = 'a'\nfallbacks = [" + "'b'," * 9 + "]",
            "U:3: seats[0].fallbacks: 9 given; a seat has at most 8",
        ),
        (
            "[[seats]]\nmodel = 'a'\ntemperature = -1",
            "U:3: seats[0].temperature: -1 is not a number from 0 to 2",
        ),
        ("[[seats]]\nmodel = 'a'\nmax_tokens = 0", f"U:3: seats[0].max_tokens: 0 {COUNT}"),
        (
            "[[seats]]\nmodel = 'a'\napi_base = 'ftp://h/v1'",
            f"U:3: seats[0].api_base: 'ftp://h/v1' {HTTP}",
        ),
        (
            "[[seats]]\nmodel = 'a'\napi_base = 'http://h /v1'",
            f"U:3: seats[0].api_base: 'http://h /v1' {HTTP}",
        ),
        (
            "[[seats]]\nmodel = 'a'\napi_base = 'http://'",
            f"U:3: seats[0].api_base: 'http://' {HTTP}",
        ),
        (
            "[[seats]]\nmodel = 'a'\napi_base = 5",
            "U:3: seats[0].api_base: 5 is not an address, such as 'http://127.0.0.1:8000/v1'",
        ),
        (
            "[[seats]]\nmodel = 'a'\napi_base = 'http://h:port'",
            "U:3: seats[0].api_base: is not an address that can be read",
        ),
        (
            "[[seats]]\nmodel = 'a'\nextra_body = 'top_k'",
            "U:3: seats[0].extra_body: 'top_k' is not a table of fields for the request",
        ),
        (
            "[[seats]]\nmodel = 'a'\nextra_body.when = 1979-05-27",
            "U:3: seats[0].extra_body: 'when' holds what JSON cannot say",
        ),
        (
            "[arbiter]\nmodel = 'a'\napi_base = 'ftp://h'",
            f"U:3: arbiter.api_base: 'ftp://h' {HTTP}",
        ),
        (
            "substitutes = 'a'",
            "U:1: substitutes: 'a' is not a list of model strings or tables",
        ),
        ("substitutes = [{family = 'x'}]", "U:1: substitutes[0].model: is missing"),
        (
            "allowed_models = 'a'",
            "U:1: allowed_models: 'a' is not a list of model strings, in which '*' stands for any "
            "characters",
        ),
        ("allowed_models = ['']", "U:1: allowed_models[0]: '': the model is blank"),
        ("[[seats]]\nmodel = 'a'\n" * 16, "U:1: seats: 16 given; a council has at most 15"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_line(
    machine: Machine, text: str, message: str
) -> None:
    assert machine.error(user=text) == message


@pytest.mark.parametrize(
    ("text", "found", "near", "valid"),
    [
        ("persona = 'eva'", "U:1: persona: 'eva'", "seats.persona", ROOT_KEYS),
        ("\nprotocoll = 'vote'", "U:2: protocoll: 'vote'", "protocol", ROOT_KEYS),
        ("Personas = 'eva'", "U:1: Personas: 'eva'", "personas", ROOT_KEYS),
        ("timeout_s = 5", "U:1: timeout_s: 5", "limits.timeout_s", ROOT_KEYS),
        ("[limits]\ntimeout = 5", "U:2: limits.timeout: 5", "timeout_s", LIMIT_KEYS),
        ("'limits.timeout_s' = 5", "U:1: 'limits.timeout_s': 5", None, ROOT_KEYS),
        ("[zzz]\na = 1", "U:1: zzz: a table", None, ROOT_KEYS),
        (
            "[[seats]]\nmodel = 'a'\ntemprature = 1",
            "U:3: seats[0].temprature: 1",
            "temperature",
            SEAT_KEYS,
        ),
        (
            "[[seats]]\nmodle = 'a'",
            "U:2: seats[0].modle: 'a'",
            "model",
            SEAT_KEYS,
        ),
        (
            "[[seats]]\nmodel = 'a'\nfallbacks = [{model = 'b', api_bas = 'c'}]",
            "U:3: seats[0].fallbacks[0].api_bas: 'c'",
            "api_base",
            MODEL_KEYS,
        ),
        (
            "substitutes = [{model = 'b', trusst = 1}]",
            "U:1: substitutes[0].trusst: 1",
            None,
            MODEL_KEYS,
        ),
    ],
)
def test_an_unknown_key_is_told_with_its_value_line_and_nearest_valid_name(
    machine: Machine, text: str, found: str, near: str | None, valid: str
) -> None:
    guess = f"; did you mean {near!r}?" if near else "."
    assert machine.error(user=text) == (
        f"{found} is set, but there is no such key{guess} Valid here: {valid}."
    )


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MAGI_TIMEOUT_S", "fast", f"limits.timeout_s: 'fast' {SECONDS}"),
        ("MAGI_DEADLINE_S", "1e999", f"limits.deadline_s: '1e999' {SECONDS}"),
        ("MAGI_MIN_VOICES", "two", f"limits.min_voices: 'two' {VOICES}"),
        (
            "MAGI_PROTOCOL",
            "votee",
            f"protocol: 'votee' is not known. Did you mean 'vote'? Valid: {PROTOCOLS}.",
        ),
        (
            "MAGI_LANGUAGE",
            "x" * 41,
            f"language: '{'x' * 41}' has 41 characters, more than 40; name one language",
        ),
        (
            "MAGI_ARBITER",
            "arbiter=openai/o3",
            "arbiter: 'arbiter=openai/o3': the model contains '=' or ','; write a model string "
            "such as 'anthropic/claude-sonnet-4-6', or 'model|fallback'.",
        ),
        ("MAGI_MAX_COST_USD", "-1", f"limits.max_cost_usd: '-1' {DOLLARS}"),
        ("MAGI_MAX_CONCURRENT_CALLS", "many", f"limits.max_concurrent_calls: 'many' {COUNT}"),
        ("MAGI_ALLOWED_MODELS", "a,,b", "allowed_models[1]: '': the model is blank"),
        ("MAGI_LOG_LEVEL", "5", f"log_level: '5' is not a log level: {LOG_LEVELS}"),
        (
            "MAGI_SEATS",
            "a=openai/x,b=",
            f"seats: seat 2 of 2, 'b=': the model is blank; {EXAMPLE}",
        ),
    ],
)
def test_a_variable_that_cannot_be_is_told_by_its_name(
    machine: Machine, variable: str, value: str, message: str
) -> None:
    assert machine.error(env={variable: value}) == f"{variable}: {message}"


def test_a_flag_that_cannot_be_is_told_by_its_name(machine: Machine) -> None:
    assert machine.error(flags={"store.url": ""}) == f"--store: store.url: '' {STORE}"
    assert machine.error(flags={"limits.max_cost_usd": 0.0}) == (
        f"--max-cost: limits.max_cost_usd: 0.0 {DOLLARS}"
    )
    assert machine.error(flags={"limits.deadline_s": -1.0}) == (
        f"--deadline: limits.deadline_s: -1.0 {SECONDS}"
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"personas = 'eva'\nprotocol =\n", "U:2: not valid TOML: "),
        (b"a = 1\na = 2\n\n", "U:2: not valid TOML: "),
        (b"a = 1\n# \xff", "U:2: is not UTF-8; save it in that encoding"),
        (b"#" * 65_537, "U: is larger than 64 KB"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_its_line(
    machine: Machine, data: bytes, message: str
) -> None:
    machine.user_file.write_bytes(data)
    assert machine.error().startswith(message)


def test_a_byte_order_mark_is_no_mistake(machine: Machine) -> None:
    machine.user_file.write_bytes(b'\xef\xbb\xbfpersonas = "mine"')
    assert machine.load().personas == "mine"


def test_a_file_that_cannot_be_read_is_named_with_the_cause(machine: Machine) -> None:
    machine.user_file.symlink_to(machine.user_file.name)  # to itself, around and around
    assert machine.error().startswith("U: cannot be read: ")


@pytest.mark.parametrize("named_by", ["--config", "MAGI_CONFIG"])
def test_a_missing_file_is_told_with_what_named_it(machine: Machine, named_by: str) -> None:
    flag = named_by == "--config"
    with pytest.raises(ConfigurationError) as caught:
        load_settings(
            config_file=Path("absent.toml") if flag else None,
            environ={} if flag else {"MAGI_CONFIG": "absent.toml"},
            cwd=machine.root,
            user_dir=machine.root,
        )
    absent = str(machine.root / "absent.toml")
    assert str(caught.value) == f"{named_by}: there is no file {absent!r}"


@pytest.mark.parametrize(
    "text",
    [
        "api_key = 'planted'",
        "Auth-Token = 'planted'",
        "[limits]\nsecret = 'planted'",
        "[[seats]]\nmodel = 'a'\napi_key = 'planted'",
        "ur = 'postgresql://me:planted@host/db'",
    ],
)
def test_nothing_that_might_be_secret_is_shown(machine: Machine, text: str) -> None:
    assert "planted" not in machine.error(user=text)


def test_a_long_value_is_shown_shortened(machine: Machine) -> None:
    for text in (
        f"protocol = '{'x' * 9_000}'",
        f"personaz = '{'x' * 9_000}'",
        f"{'x' * 9_000} = 1",
    ):
        assert len(machine.error(user=text)) < 450


def test_a_mistake_is_the_callers_and_has_its_parts(machine: Machine) -> None:
    with pytest.raises(CallerError) as caught:
        machine.load(user="[limits]\ntimeout_s = 'fast'")
    error = caught.value
    assert isinstance(error, ConfigurationError)
    assert (error.place, error.key) == (f"{machine.user_file}:2", "limits.timeout_s")
    assert (error.argument, error.problem) == ("limits.timeout_s", f"'fast' {SECONDS}")
