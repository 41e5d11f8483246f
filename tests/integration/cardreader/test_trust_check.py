"""`tiepdon-card trust check` and `list`: what a person is told of the trust list."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from failures import all_failures
from tests.unit.cardreader.issuing import Holder
from tests.unit.cardreader.trust_desk import (
    DAY,
    FOREIGN,
    LATELY,
    LINK,
    NOW,
    NOWHERE,
    ROOT,
    SECOND,
    TRAINING,
    Desk,
    certify,
    colons,
    revocation_list,
)

EXPIRED = certify("CSCA", valid=LATELY)
SOON = certify("A", valid=(NOW - 9 * DAY, NOW + 89 * DAY))
EARLY = certify("A", valid=(NOW + 9 * DAY, NOW + 99 * DAY))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_list_in_order_has_no_finding(desk: Desk) -> None:
    desk.pin(ROOT, LINK)
    assert desk.found() == (0, [])


@pytest.mark.parametrize(
    ("holders", "codes"),
    [
        pytest.param((), ["trust.empty"], id="nothing"),
        pytest.param((SECOND, LINK), ["trust.link-astray"], id="a link that leads nowhere"),
        pytest.param((SECOND, TRAINING), ["trust.training"], id="a training authority"),
        pytest.param(
            (EXPIRED,),
            ["trust.expired", "trust.country-without-root"],
            id="a country whose only root expired",
        ),
    ],
)
def test_what_makes_the_list_useless_or_dangerous_exits_5(
    holders: tuple[Holder, ...], codes: list[str], desk: Desk
) -> None:
    desk.place(*holders)
    assert desk.found() == (5, codes)


@pytest.mark.parametrize(
    ("holder", "code"),
    [
        pytest.param(
            EXPIRED,
            "expired",
            id="expired",
        ),
        pytest.param(SOON, "expiring", id="soon"),
        pytest.param(
            EARLY,
            "not-yet-valid",
            id="early",
        ),
        pytest.param(certify("A", curve=ec.SECP192R1()), "weak-key", id="192 bits"),
        pytest.param(certify("A", by=ROOT), "not-an-authority", id="a document signer"),
        pytest.param(NOWHERE, "country-missing", id="a root without a country"),
    ],
)
def test_what_a_person_should_know_is_a_warning(holder: Holder, code: str, desk: Desk) -> None:
    desk.place(SECOND, holder)
    assert desk.found() == (0, [f"trust.{code}"])


def test_certificates_of_several_countries_are_a_warning(desk: Desk) -> None:
    desk.place(SECOND, FOREIGN)
    assert desk.found() == (0, ["trust.several-countries"])


def test_ninety_one_days_are_not_soon(desk: Desk) -> None:
    desk.place(certify("A", valid=(NOW - 9 * DAY, NOW + 91 * DAY)))
    assert desk.found() == (0, [])


def test_training_authorities_are_in_order_on_a_training_machine(desk: Desk) -> None:
    desk.place(TRAINING)
    assert desk.found("--training") == (0, [])


def test_a_stale_revocation_list_is_a_warning(desk: Desk) -> None:
    stale = revocation_list(ROOT, valid=LATELY)
    desk.take(desk.file("a.cer", ROOT), desk.file("a.crl", stale))
    assert desk.found() == (0, ["trust.revocation-list-stale"])


def test_a_revocation_list_of_nobody_here_is_grave(desk: Desk) -> None:
    desk.place(ROOT)
    (desk.trust / "a.crl").write_bytes(revocation_list(SECOND))
    assert desk.found() == (5, ["trust.revocation-list-unsigned"])


def test_a_revoked_link_is_said(desk: Desk) -> None:
    desk.take(
        *(desk.file("a.cer", ROOT), desk.file("b.cer", LINK)),
        desk.file("a.crl", revocation_list(ROOT, LINK)),
    )
    assert desk.found() == (0, ["trust.revoked"])


def test_every_finding_is_shown_in_words(desk: Desk) -> None:
    desk.place(SECOND, TRAINING)
    result = desk.run("check")
    assert result.exit_code == 5
    assert all_failures()["trust.training"].message.vi in result.stdout
    assert colons(TRAINING) in result.stdout


@pytest.mark.parametrize("command", ["list", "check"])
def test_a_file_that_does_not_belong_into_the_folder_is_named(command: str, desk: Desk) -> None:
    desk.place(ROOT)
    (desk.trust / "junk.cer").write_bytes(b"junk")
    result = desk.run(command)
    assert result.exit_code == 2
    assert "[proof.trust-unreadable]" in result.stderr
    assert "Tệp · file: junk.cer" in result.stderr


def test_a_listed_revocation_list_says_how_many_it_revokes(desk: Desk) -> None:
    desk.take(desk.file("a.cer", ROOT), desk.file("a.crl", revocation_list(ROOT, LINK)))
    listed = {entry["kind"]: entry for entry in json.loads(desk.run("list", "--json").stdout)}
    assert (listed["crl"]["revoked"], listed["crl"]["key"]) == (1, None)
    assert listed["anchor"]["revoked"] is None
    shown = desk.run("list").stdout
    assert "danh sách thu hồi · revocation list" in shown
    assert "gốc · anchor" in shown


@pytest.mark.parametrize("command", ["list", "check"])
def test_a_folder_that_is_not_there_is_a_failure_in_words(command: str, desk: Desk) -> None:
    result = desk.run(command)
    assert result.exit_code == 2
    assert "proof.trust-unreadable" in result.stderr
