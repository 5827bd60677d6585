"""`files`: within the client's roots or the configured ones, in both eras; and `advanced`."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import pytest
from mcp.client import ClientRequestContext
from mcp.client.session import ListRootsFnT
from mcp_types import ErrorData, ListRootsResult, Root
from pydantic import FileUrl

from magi_mcp.convening import Request
from magi_mcp.core.asks import Ask
from magi_mcp.core.case import Candidate, Limits, Seat
from magi_mcp.roster import Roster
from magi_mcp.seats.scripted import ScriptedSeat
from magi_mcp.server.files import ask_for_roots
from magi_mcp.service import Council
from magi_mcp.standing import Provisions
from tests.server.meeting import Era, Meeting, meeting, text_of, verdict_in, with_bylaws
from tests.support.councils import ballot

NOT_OPEN = "FAILED: files: no folder is open. Have the client declare its roots, or set MAGI_ROOTS"


@dataclass
class Roots:
    """What a client tells of its roots; ``asked`` counts how often it was asked."""

    uris: list[str]
    asked: int = 0

    async def __call__(self, context: ClientRequestContext) -> ListRootsResult | ErrorData:
        self.asked += 1
        return ListRootsResult(roots=[Root(uri=FileUrl(uri)) for uri in self.uris])


@dataclass
class Hall:
    """A meeting of one seat, and what that was asked."""

    seat: ScriptedSeat = field(
        default_factory=lambda: ScriptedSeat([ballot("yes")] * 9, model="scripted/one")
    )

    def open(
        self,
        era: Era,
        *,
        roots: ListRootsFnT | None = None,
        configured: tuple[Path, ...] = (),
        change: Callable[[Council], Council] = lambda council: council,
    ) -> AbstractAsyncContextManager[Meeting]:
        def provided(council: Council) -> Council:
            return change(replace(council, provisions=Provisions(roots=configured)))

        return meeting(era, {"one": self.seat}, change=provided, roots=roots)

    @property
    def asked(self) -> list[Ask]:
        return self.seat.asked


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "the project"
    folder.mkdir()
    (folder / "notes.md").write_text("one\ntwo\nthree\n", encoding="utf-8")
    (folder / ".env").write_text("KEY=sk-planted\n", encoding="utf-8")
    (tmp_path / "diary.md").write_text("Dear diary\n", encoding="utf-8")
    return folder


async def test_files_are_read_within_the_clients_roots(era: Era, project: Path) -> None:
    hall, roots = Hall(), Roots([project.as_uri()])
    async with hall.open(era, roots=roots) as there:
        result = await there.ask(question="Ship?", method="yes_no", files=["notes.md:2-3"])
    assert verdict_in(result)["status"] == "decided"
    assert roots.asked == 1
    [ask] = hall.asked
    assert "[begin file notes.md, lines 2-3 " in ask.prompt
    assert "2 | two\n3 | three\n" in ask.prompt
    assert str(project.parent) not in ask.prompt


async def test_files_are_read_within_the_configured_folders(era: Era, project: Path) -> None:
    hall = Hall()
    async with hall.open(era, configured=(project,)) as there:
        await there.ask(question="Ship?", method="yes_no", files=["notes.md"])
    assert "3 | three\n" in hall.asked[0].prompt


async def test_configured_folders_are_open_beside_the_clients_roots(
    era: Era, project: Path
) -> None:
    hall, other = Hall(), project.parent / "other"
    other.mkdir()
    (other / "more.md").write_text("more\n", encoding="utf-8")
    async with hall.open(era, roots=Roots([project.as_uri()]), configured=(other,)) as there:
        await there.ask(question="Ship?", method="yes_no", files=["notes.md", "more.md"])
    assert "3 | three\n" in hall.asked[0].prompt
    assert "1 | more\n" in hall.asked[0].prompt


@pytest.mark.parametrize("kind", ["none", "no roots", "elsewhere"])
async def test_without_an_open_folder_the_refusal_says_how_to_open_one(
    era: Era, project: Path, kind: Literal["none", "no roots", "elsewhere"]
) -> None:
    hall = Hall()
    uris = [f"file://other.example{project.as_posix()}"] if kind == "elsewhere" else []
    roots = None if kind == "none" else Roots(uris)
    async with hall.open(era, roots=roots) as there:
        result = await there.ask(question="Ship?", files=["notes.md"])
    assert result.is_error
    assert text_of(result).startswith(NOT_OPEN)
    assert hall.asked == []


async def test_a_client_that_is_given_no_file_is_asked_for_nothing(era: Era, project: Path) -> None:
    roots = Roots([project.as_uri()])
    async with Hall().open(era, roots=roots) as there:
        await there.ask(question="Ship?", method="yes_no")
        await there.ask(question="Ship?", method="yes_no", files=None)
    assert roots.asked == 0


@dataclass
class Useless:
    """A client that declares roots, and says of them what nobody can use."""

    answer: ListRootsResult | ErrorData

    async def __call__(self, context: ClientRequestContext) -> ListRootsResult | ErrorData:
        return self.answer


class Elsewhere(ListRootsResult):
    """Roots that are no folders, which the SDK's own type does not allow."""

    roots: Any


@pytest.mark.parametrize(
    "answer",
    [
        ErrorData(code=-32601, message="what?"),
        Elsewhere(roots=[{"uri": "http://localhost/"}]),
    ],
)
async def test_a_client_of_the_handshake_era_that_cannot_tell_its_roots_has_none(
    project: Path, answer: ListRootsResult | ErrorData
) -> None:
    hall, roots = Hall(), Useless(answer)
    async with hall.open("legacy", roots=roots) as there:
        result = await there.ask(question="Ship?", files=["notes.md"])
    assert text_of(result).startswith(NOT_OPEN)
    async with hall.open("legacy", roots=roots, configured=(project,)) as there:
        result = await there.ask(question="Ship?", method="yes_no", files=["notes.md"])
    assert verdict_in(result)["status"] == "decided"


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("../diary.md", "'../diary.md' lies outside the folders that are open"),
        (".env", "'.env' is refused because of its name: such files hold credentials"),
        ("notes.md:9", "'notes.md:9': the file has 3 lines."),
        ("none.md", "'none.md': there is no such file."),
        ("/proc/self/environ", "'/proc/self/environ' is refused because of its name"),
        ("a\0b", "'a\\x00b' is not a path that can stand on a line."),
        ("x" * 100_000, "'xxx"),
        (".", "'.' is a folder"),
    ],
)
async def test_what_may_not_be_read_is_refused_and_nobody_is_asked(
    era: Era, project: Path, file: str, told: str
) -> None:
    hall = Hall()
    async with hall.open(era, roots=Roots([project.as_uri()])) as there:
        result = await there.ask(question="Ship?", files=["notes.md", file])
        assert await there.council.heads(1) == ()
    assert result.is_error
    assert text_of(result).startswith(f"FAILED: files: {told}")
    assert len(text_of(result)) < 400
    assert "sk-planted" not in text_of(result)
    assert hall.asked == []


async def test_a_plan_reckons_with_the_files(era: Era, project: Path) -> None:
    (project / "long.md").write_text("word " * 20_000, encoding="utf-8")
    async with Hall().open(era, configured=(project,)) as there:
        without = await there.ask(question="Ship?", dry_run=True)
        result = await there.ask(question="Ship?", dry_run=True, files=["long.md"])
    tokens = [verdict_in(each)["plan"]["tokens"] for each in (without, result)]
    assert tokens[1] > tokens[0] + 15_000


async def test_what_advanced_says_is_done(era: Era) -> None:
    hall = Hall()
    async with hall.open(era) as there:
        result = await there.ask(
            question="Ship?",
            method="yes_no",
            advanced={"instructions": "Weigh waiting.", "language": "de", "deadline_s": None},
        )
    assert verdict_in(result)["status"] == "decided"
    assert "Weigh waiting." in hall.asked[0].system
    assert "German" in hall.asked[0].system


async def test_limits_in_advanced_are_lowered_to_the_configured_ones(era: Era) -> None:
    change = with_bylaws(lambda bylaws: replace(bylaws, limits=Limits(deadline_s=60)))
    async with Hall().open(era, change=change) as there:
        result = await there.ask(question="Ship?", method="yes_no", advanced={"deadline_s": 900})
    assert (
        "deadline_s: 900 was lowered to 60, the configured limit."
        in (verdict_in(result)["warnings"])
    )


@pytest.mark.parametrize(
    ("advanced", "told"),
    [
        ({"max_round": 1}, "advanced: 'max_round' is not known. Did you mean 'max_rounds'? Valid:"),
        ({"max_rounds": "x"}, "advanced.max_rounds: 'x' is not a whole number."),
        ({"max_rounds": 9}, "max_rounds: 9 is not in 0..3."),
        ({"max_cost_usd": -1}, "max_cost_usd: -1.0 is not a finite number greater than 0."),
        ({"trust": {"nobody": 1}}, "trust: 'nobody' is not known."),
        ({"rapporteur": "never"}, "rapporteur: 'never' is not known."),
        ({"arbiter": "openai/o3"}, "arbiter: 'openai/o3' is not a model that may be named here."),
        ({"seats": ["openai/o3"]}, "seats: 'openai/o3' is not a model that may be named here."),
        ([1], "advanced: [1] is refused. Input should be a valid dictionary."),
        ("{", "advanced: '{' is refused. Input should be a valid dictionary."),
    ],
)
async def test_what_advanced_cannot_mean_is_refused_by_key(
    era: Era, advanced: object, told: str
) -> None:
    hall = Hall()

    def as_named(request: Request) -> tuple[Seat, ...]:
        return tuple(Seat(name="one", model=model) for model in request.seats or ["scripted/one"])

    roster = Roster(configured=(Candidate(model="scripted/one"),))
    change = with_bylaws(lambda bylaws: replace(bylaws, roster=roster, seats_for=as_named))
    async with hall.open(era, change=change) as there:
        result = await there.ask(question="Ship?", advanced=advanced)
    assert result.is_error
    assert text_of(result).startswith(f"FAILED: {told}")
    assert hall.asked == []


async def test_the_page_of_the_council_tells_every_key(era: Era) -> None:
    async with Hall().open(era) as there:
        page = (await there.read("magi://council")).text
    assert "| `vote_threshold` | `0.66` | " in page


async def test_no_schema_shows_keys_of_advanced_or_the_clients_roots() -> None:
    async with Hall().open("auto") as there:
        tools = {tool.name: tool for tool in (await there.client.list_tools()).tools}
    properties = tools["deliberate"].input_schema["properties"]
    assert set(properties["advanced"]) == {"type", "description"}
    assert properties["advanced"]["type"] == "object"
    assert "roots" not in properties
    assert ask_for_roots.__name__ not in str(properties)
