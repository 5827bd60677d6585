"""What a viewer may not see is not there for it, in whichever journal."""

import pytest

from magi_mcp.core.errors import CallerError, QuotaReached, UnknownDossier
from magi_mcp.core.events import CaseOpened
from magi_mcp.core.searching import Search, phrases_of
from magi_mcp.core.viewers import KEEPER, Viewer
from magi_mcp.ports import JournalPort
from magi_mcp.runtime.quota import HOUR_S, Quota
from tests.journal.samples import ManualClock, case, dossier_id, reply

ADA, BOB, NOBODY = Viewer(principal="token:ada"), Viewer(principal="token:bob"), Viewer()
ADMIN = Viewer(principal="token:admin", sees_all=True)


def of(principal: str | None, dossier: str) -> CaseOpened:
    return CaseOpened(case=case(dossier).model_copy(update={"principal": principal}))


@pytest.fixture
async def shared(journal: JournalPort) -> JournalPort:
    """Four dossiers, oldest first: Ada's, nobody's, Bob's, Ada's."""
    for number, principal in enumerate(["token:ada", None, "token:bob", "token:ada"], 1):
        dossier = dossier_id(number, f"0000000{number}")
        await journal.append(dossier, 0, [of(principal, dossier), reply("a")])
    return journal


@pytest.mark.parametrize(
    ("viewer", "seen"),
    [(ADA, [4, 1]), (BOB, [3]), (NOBODY, [2]), (ADMIN, [4, 3, 2, 1]), (KEEPER, [4, 3, 2, 1])],
    ids=["ada", "bob", "nobody", "admin", "keeper"],
)
async def test_a_list_holds_what_its_viewer_sees_and_no_gaps(
    shared: JournalPort, viewer: Viewer, seen: list[int]
) -> None:
    ids = [dossier_id(number, f"0000000{number}") for number in seen]
    heads = await shared.heads(10, viewer=viewer)
    assert [head.dossier_id for head in heads] == ids
    assert [head.dossier_id for head in await shared.heads(1, viewer=viewer)] == ids[:1]
    older = await shared.heads(10, before=ids[0], viewer=viewer)
    assert [head.dossier_id for head in older] == ids[1:]
    assert await shared.resolve("latest", viewer) == ids[0]


@pytest.mark.parametrize("query", ["", "ship"])
@pytest.mark.parametrize(
    ("viewer", "seen"),
    [(ADA, [4, 1]), (BOB, [3]), (NOBODY, [2]), (ADMIN, [4, 3, 2, 1]), (KEEPER, [4, 3, 2, 1])],
    ids=["ada", "bob", "nobody", "admin", "keeper"],
)
async def test_a_search_finds_what_its_viewer_sees_and_no_gaps(
    shared: JournalPort, viewer: Viewer, seen: list[int], query: str
) -> None:
    wanted = Search(phrases=phrases_of(query))
    ids = [dossier_id(number, f"0000000{number}") for number in seen]
    found = await shared.search(wanted, 10, viewer=viewer)
    assert [find.head.dossier_id for find in found] == ids
    first = await shared.search(wanted, 1, viewer=viewer)
    assert [find.head.dossier_id for find in first] == ids[:1]
    further = await shared.search(wanted, 10, first[0].place, viewer)
    assert [find.head.dossier_id for find in further] == ids[1:]


async def test_a_head_tells_whose_the_dossier_is(shared: JournalPort) -> None:
    principals = [head.principal for head in await shared.heads(10)]
    assert principals == ["token:ada", "token:bob", None, "token:ada"]


async def test_what_is_not_seen_is_not_found_by_any_of_its_names(shared: JournalPort) -> None:
    bobs = dossier_id(3, "00000003")
    for reference in (bobs, bobs[-8:], f"magi://dossiers/{bobs}"):
        assert await shared.resolve(reference, BOB) == bobs
        for viewer in (ADA, NOBODY):
            with pytest.raises(UnknownDossier):
                await shared.resolve(reference, viewer)


async def test_a_name_is_not_ambiguous_because_of_what_is_not_seen(journal: JournalPort) -> None:
    for number, principal in enumerate(["token:ada", "token:bob"], 1):
        dossier = dossier_id(number)
        await journal.append(dossier, 0, [of(principal, dossier)])
    assert await journal.resolve("00000000", ADA) == dossier_id(1)
    with pytest.raises(CallerError, match="names 2 dossiers"):
        await journal.resolve("00000000", ADMIN)


async def test_a_quota_is_each_principals_own_and_comes_back_within_the_hour(
    journal: JournalPort, clock: ManualClock
) -> None:
    quota = Quota(2, journal, clock)
    for number in (1, 2):
        async with quota.place("token:ada"):
            await journal.append(dossier_id(number), 0, [of("token:ada", dossier_id(number))])
        clock.advance(600)
    with pytest.raises(QuotaReached) as reached:
        async with quota.place("token:ada"):
            raise AssertionError("there was a place")
    assert reached.value.free_in_s == HOUR_S - 1200
    for principal in ("token:bob", None):
        async with quota.place(principal):
            assert len(await journal.heads(10)) == 2
    clock.advance(HOUR_S - 1200)
    async with quota.place("token:ada"):
        assert len(await journal.heads(10)) == 2
