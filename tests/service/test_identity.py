"""The identities that dossiers and processes are given."""

from uuid import RFC_4122, UUID

from magi_mcp.identity import new_dossier_id, new_owner

NOON = 1_795_262_400.125


def test_a_dossiers_id_is_a_uuid_of_version_7_with_the_moment_in_it() -> None:
    identity = UUID(new_dossier_id(NOON))
    assert (identity.version, identity.variant) == (7, RFC_4122)
    assert identity.int >> 80 == 1_795_262_400_125


def test_ids_stand_in_the_order_in_which_they_were_made() -> None:
    ids = [new_dossier_id(NOON + milliseconds / 1000) for milliseconds in range(500)]
    assert ids == sorted(ids)


def test_nothing_is_given_the_same_name_twice() -> None:
    assert len({new_dossier_id(NOON) for _ in range(1000)}) == 1000
    assert new_owner() != new_owner()
