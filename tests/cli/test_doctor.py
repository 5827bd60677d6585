"""``doctor`` as a real process, in front of a provider that misbehaves."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest

from magi_mcp.cli.app import run
from magi_mcp.cli.diagnosis import diagnosis_view
from magi_mcp.cli.screen import Screen
from magi_mcp.core.replies import Attempt, Failed
from magi_mcp.doctor.diagnosis import Diagnosis
from magi_mcp.identity import SystemClock
from magi_mcp.journal import SqliteJournal
from tests.cli.commands import PROJECT
from tests.journal.samples import dossier_id, opened, reply
from tests.provider import (
    BrokenJson,
    Empty,
    MisbehavingProvider,
    RefusesSchema,
    Replies,
    Say,
    Status,
    running_provider,
)
from tests.repository.readme import blocks

PLANTED = "sk-planted-0123456789abcdef"
OWN = "planted own word 9876"
READY = Say.json(ready="yes")
MODELS: Mapping[str, Replies] = {
    "gpt-4o-mini": READY,
    "refuses-schema": RefusesSchema(READY),
    "empty": Empty(),
    "limited": Status.rate_limited(retry_after=7),
    "broke": Status.quota_spent(),
    "unauthorized": Status.unauthorized(f"Incorrect API key provided: {PLANTED}."),
    "forbidden": Status(403, message=f"Not with {OWN}."),
    "server-error": Status.server_error(),
    "html": BrokenJson("<html>", content_type="text/html"),
    "withdrawn": Status.model_withdrawn("withdrawn"),
}
CONFIGURATION = """\
personas = "eva"

[[seats]]
model = "openai/gpt-4o-mni"

[[seats]]
model = "openai/gpt-4o-mini"
fallbacks = ["openai/withdrawn"]

[[seats]]
name = "own"
model = "openai/forbidden"
api_base = "{base_url}"
api_key_env = "OUR_OWN_WORD"

[[seats]]
model = "openai/lost"
api_base = "http://127.0.0.1:9/v1"

[[seats]]
model = "opnai/gpt-4o-mini"

[[seats]]
model = "anthropic/claude-haiku-4-5"

[[seats]]
model = "ollama_chat/gpt-4o-mni"

[[seats]]
model = "openai/limited"

[[seats]]
model = "openai/broke"

[[seats]]
model = "openai/unauthorized"

[[seats]]
model = "openai/server-error"

[[seats]]
model = "openai/html"

[[seats]]
model = "openai/refuses-schema"

[[seats]]
model = "openai/empty"

[arbiter]
model = "openai/gpt-4o-mini"
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[MisbehavingProvider]:
    with running_provider(MODELS) as provider:
        yield provider


def doctor(
    home: Path, *arguments: str, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A run in an environment of which nothing is known but what is given."""
    return subprocess.run(
        [sys.executable, "-m", "magi_mcp", "doctor", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=home,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "PYTHONPATH": str(PROJECT),
            "COLUMNS": "80",
            "OLLAMA_HOST": "127.0.0.1:9",
            **(environ or {}),
        },
    )


def at(provider: MisbehavingProvider, seats: str) -> dict[str, str]:
    """An environment in which these seats ask the provider."""
    return {
        "OPENAI_API_BASE": provider.base_url,
        "OPENAI_API_KEY": PLANTED,
        "MAGI_SEATS": seats,
    }


class Examined:
    """What a run with ``--json`` has printed."""

    def __init__(self, done: subprocess.CompletedProcess[str], file: Path) -> None:
        self.done = done
        self.file = file
        self.diagnosis = Diagnosis.model_validate_json(done.stdout)

    def finding(self, model: str) -> str:
        """Problem and mend of the only finding about that model alone."""
        (found,) = (f for f in self.diagnosis.findings if f.models == (model,))
        return f"{found.severity}: {found.problem}. {found.mend}"

    def line(self, words: str) -> int:
        lines = self.file.read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, start=1) if words in line)


@pytest.fixture(scope="module")
def examined(provider: MisbehavingProvider, tmp_path_factory: pytest.TempPathFactory) -> Examined:
    """One examination of a council that has every trouble at once."""
    home = tmp_path_factory.mktemp("home")
    file = home / "council.toml"
    file.write_text(CONFIGURATION.format(base_url=provider.base_url), encoding="utf-8")
    environ = {
        "OPENAI_API_BASE": provider.base_url,
        "OPENAI_API_KEY": PLANTED,
        "OUR_OWN_WORD": OWN,
        "OLLAMA_API_BASE": provider.base_url.removesuffix("/v1"),
    }
    done = doctor(home, "--json", "--config", str(file), environ=environ)
    return Examined(done, file)


def test_a_typo_in_a_models_name_is_told_with_the_file_and_the_line(examined: Examined) -> None:
    place = f"{examined.file}:{examined.line('gpt-4o-mni')} (seat 1, melchior)"
    assert examined.finding("openai/gpt-4o-mni") == (
        f"error: unknown model gpt-4o-mni. Did you mean openai/gpt-4o-mini? Change it in {place}."
    )


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("openai/withdrawn", r"warning: withdrawn is not to be had, or no longer \(HTTP 404"),
        ("openai/forbidden", r"may not be used for this .*account behind OUR_OWN_WORD"),
        ("openai/lost", r"http://127.0.0.1:9/v1 cannot be reached .*Correct api_base in .*toml:\d"),
        ("opnai/gpt-4o-mini", r"unknown provider opnai. Did you mean openai/gpt-4o-mini\? "),
        ("anthropic/claude-haiku-4-5", r"no key: ANTHROPIC_API_KEY is not set. Set ANTHROPIC_API_"),
        ("ollama_chat/gpt-4o-mni", r"Ollama has no model gpt-4o-mni. Pull it: ollama pull gpt-4o-"),
        ("openai/limited", r"rate limited \(HTTP 429.*Wait 7 s and try again"),
        ("openai/broke", r"out of credit .*Add credit to the account behind OPENAI_API_KEY"),
        ("openai/unauthorized", r"key is not accepted .*Put a valid key into OPENAI_API_KEY"),
        ("openai/server-error", r"the provider fails \(HTTP 500.*Try again later"),
        ("openai/html", r"check that OPENAI_API_BASE is the address of an OpenAI-compatible API"),
        ("openai/empty", r"warning: openai/empty answered with nothing"),
    ],
)
def test_each_trouble_is_told_with_its_mend(examined: Examined, model: str, told: str) -> None:
    assert re.search(told, examined.finding(model))


def test_an_examination_that_found_an_error_exits_with_1(examined: Examined) -> None:
    assert examined.done.returncode == 1
    assert not examined.diagnosis.healthy


def test_each_fact_about_a_model_has_a_key_of_its_own(examined: Examined) -> None:
    facts = {model.model: model for model in examined.diagnosis.models}
    well = facts["openai/gpt-4o-mini"]
    assert (well.outcome, well.serves, well.reachable) == ("answered", True, True)
    assert (well.key_valid, well.exists, well.json_schema) == (True, True, "supported")
    assert well.latency_s is not None
    assert (well.price_known, well.family) == (True, "openai")
    assert [(use.seat, use.role) for use in well.used_by] == [
        ("balthasar", "model"),
        ("arbiter", "model"),
    ]
    assert facts["openai/refuses-schema"].json_schema == "unsupported"
    assert facts["openai/unauthorized"].key_valid is False
    assert facts["openai/gpt-4o-mni"].exists is False
    assert facts["openai/lost"].reachable is False
    assert not facts["openai/refuses-schema"].price_known


def test_each_seat_says_whether_anybody_can_serve_it(examined: Examined) -> None:
    can = {report.name: report.can_answer for report in examined.diagnosis.seats}
    assert [name for name, answers in can.items() if answers] == ["balthasar", "seat-13", "seat-14"]
    assert examined.diagnosis.arbiter is not None
    assert examined.diagnosis.arbiter.can_answer


def test_the_rest_of_the_house_is_told_too(examined: Examined) -> None:
    diagnosis = examined.diagnosis
    assert diagnosis.configuration.sources["seats"] == f"{examined.file}:3"
    assert diagnosis.store is not None
    assert (diagnosis.store.exists, diagnosis.store.usable) == (False, True)
    assert (diagnosis.personas.in_force, "research" in diagnosis.personas.presets) == ("eva", True)
    assert diagnosis.versions.python == ".".join(map(str, sys.version_info[:3]))
    assert diagnosis.elapsed_s < 20


def test_nothing_is_written_not_even_a_store(examined: Examined) -> None:
    assert list(examined.file.parent.iterdir()) == [examined.file]


def test_each_model_is_tried_with_one_call(
    examined: Examined, provider: MisbehavingProvider
) -> None:
    assert examined.done.stdout
    assert len(provider.requests_for("gpt-4o-mini")) >= 1
    assert len(provider.requests_for("server-error")) == 1
    assert len(provider.requests_for("refuses-schema")) == 2


@pytest.mark.parametrize("secret", [PLANTED, PLANTED[:10], OWN, OWN[:8]])
def test_no_key_appears_anywhere(examined: Examined, secret: str) -> None:
    view = Screen()
    with view.out.capture() as shown:
        view.out.print(diagnosis_view(examined.diagnosis))
    for words in (examined.done.stdout, examined.done.stderr, shown.get()):
        assert secret not in words


def test_a_healthy_council_exits_with_0_and_says_so(
    provider: MisbehavingProvider, home: Path
) -> None:
    seats = "openai/gpt-4o-mini,second=openai/gpt-4o-mini|openai/gpt-4o-mni"
    shown = doctor(home, environ=at(provider, seats))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    said = " ".join(shown.stdout.split())
    assert "Melchior can answer ok openai/gpt-4o-mini" in said
    assert "fails openai/gpt-4o-mni does not exist" in said
    assert (
        "WARNINGS - Unknown model gpt-4o-mni. Did you mean "
        "openai/gpt-4o-mini? Change it in MAGI_SEATS (seat 2, second, fallback 1)."
    ) in said
    assert "all seats are of one family, openai" in said.casefold()
    assert "Melchior, Second have the same model, openai/gpt-4o-mini" in said
    assert "The council can answer; 3 warnings." in said


def test_without_a_seat_it_says_what_to_do(home: Path) -> None:
    shown = doctor(home)
    assert shown.returncode == 1
    said = " ".join(shown.stdout.split())
    assert "WHAT IS WRONG - Nobody sits on the council." in said
    assert "MAGI_SEATS=openai/gpt-4o-mini" in said
    assert "OPENAI_API_KEY" in said


def test_a_mistake_in_the_configuration_is_a_finding_too(home: Path) -> None:
    file = home / "council.toml"
    file.write_text("[limits]\ntimeout_s = 'fast'\n", encoding="utf-8")
    shown = doctor(home, "--json", "--config", str(file))
    diagnosis = Diagnosis.model_validate_json(shown.stdout)
    (finding,) = diagnosis.findings
    assert shown.returncode == 1
    assert (finding.about, finding.place) == ("configuration", f"{file}:2")
    assert "'fast' is not a number of seconds" in finding.problem


def test_a_damaged_store_is_a_finding_and_not_a_crash(home: Path) -> None:
    store = home / "store.db"
    store.write_bytes(b"no store at all, but long enough to be taken for a file" * 20)
    before = store.read_bytes()
    shown = doctor(home, "--store", str(store), environ={"MAGI_SEATS": "scripted/demo"})
    assert shown.returncode == 1
    assert "is not a magi-mcp store" in " ".join(shown.stdout.split())
    assert store.read_bytes() == before


def test_what_a_server_has_met_of_late_is_told(home: Path) -> None:
    store = home / "store.db"
    anyio.run(_five_failures, store)
    shown = doctor(home, "--store", str(store), "--json", environ={"MAGI_SEATS": "scripted/demo"})
    diagnosis = Diagnosis.model_validate_json(shown.stdout)
    assert shown.returncode == 0
    assert diagnosis.store is not None
    assert diagnosis.store.dossiers == 1
    (model,) = diagnosis.models
    assert model.recent is not None
    assert (model.recent.state, model.recent.failures) == ("open", 5)
    (told,) = (f for f in diagnosis.findings if "5 times in a row" in f.problem)
    assert (told.severity, told.models) == ("warning", ("scripted/demo",))


async def _five_failures(store: Path) -> None:
    """A store in which one model has failed five times just now."""
    journal = await SqliteJournal.open(store, SystemClock())
    failed = Failed(
        failure="server",
        detail="HTTP 500",
        attempts=(Attempt(model="scripted/demo", outcome="server"),) * 5,
    )
    dossier = dossier_id(1)
    event = reply("").model_copy(update={"reply": failed, "ballot": None})
    await journal.append(dossier, 0, [opened(dossier), event])
    await journal.aclose()


def test_what_an_opened_directory_may_not_set_is_told_and_not_followed(
    provider: MisbehavingProvider, home: Path
) -> None:
    hostile = '[[seats]]\nmodel = "openai/theirs"\napi_base = "http://127.0.0.1:9"\n'
    (home / "magi.toml").write_text(hostile, encoding="utf-8")
    shown = doctor(home, "--json", environ=at(provider, "openai/gpt-4o-mini"))
    diagnosis: dict[str, Any] = json.loads(shown.stdout)
    assert [model["model"] for model in diagnosis["models"]] == ["openai/gpt-4o-mini"]
    assert "seats" in diagnosis["configuration"]["ignored"][0]
    assert shown.returncode == 0


def test_a_scripted_council_needs_neither_key_nor_call(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGI_SEATS", "a=scripted/demo,b=scripted/demo")
    assert run(["doctor", "--json"]) == 0
    diagnosis = Diagnosis.model_validate_json(capsys.readouterr().out)
    assert [model.detail for model in diagnosis.models] == ["scripted: no model is asked"]
    assert not list((home / "data").rglob("*.sqlite3"))


def test_what_the_readme_shows_is_what_it_prints(provider: MisbehavingProvider, home: Path) -> None:
    (told,) = (block for block in blocks("text") if block.startswith("COUNCIL"))
    provider.set("gpt-4o", READY)
    seats = "openai/gpt-4o-mni,openai/gpt-4o,anthropic/claude-haiku-4-5"
    shown = " ".join(doctor(home, environ=at(provider, seats)).stdout.split())
    shown = shown.replace(provider.base_url, "http://127.0.0.1:8000/v1")
    shown = re.sub(r"\d+\.\d s", "0.1 s", shown)
    for part in told.split("\n\n"):
        assert " ".join(part.split()) in shown
