"""SMART scopes: what is named, what a role can be granted, what is left."""

import pytest

from gateway.domain.scopes import grantable, parse


@pytest.mark.parametrize(
    ("asked", "role", "granted"),
    [
        ("system/Claim.rs", "facility", "system/Claim.rs"),
        ("system/Claim.crs", "insurer", "system/Claim.rs"),
        ("system/Claim.cruds", "facility", "system/Claim.crs"),
        ("system/Claim.read", "facility", "system/Claim.rs"),
        ("system/Claim.write", "facility", "system/Claim.c"),
        ("system/Claim.*", "facility", "system/Claim.crs"),
        ("system/Claim.r system/Claim.s", "facility", "system/Claim.rs"),
        ("system/Claim.sr", "facility", ""),
        ("user/Claim.rs patient/Claim.rs openid", "facility", ""),
        ("system/AuditEvent.r system/Task.c", "facility", ""),
        ("system/Presence.c", "insurer", ""),
        ("", "facility", ""),
    ],
)
def test_only_rights_within_the_role_are_granted(asked: str, role: str, granted: str) -> None:
    assert str(parse(asked, role)) == granted


def test_a_star_is_everything_the_role_may_do() -> None:
    assert parse("system/*.cruds", "facility") == grantable("facility")
    assert parse("system/*.*", "insurer") == grantable("insurer")


def test_the_insurer_never_writes() -> None:
    assert not [right for right in grantable("insurer").rights if right[1] not in "rs"]


def test_narrowing_keeps_what_both_give() -> None:
    narrowed = parse("system/Claim.crs", "facility").narrowed(parse("system/Claim.r", "facility"))
    assert str(narrowed) == "system/Claim.r"
    assert narrowed.allow("Claim", "r")
    assert not narrowed.allow("Claim", "c")
