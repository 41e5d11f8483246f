"""The way up from a document signer: links between an authority's keys, and many authorities of one name."""

from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from cardreader.proof import links
from cardreader.proof.certificates import TRAINING_MARKER, parse_certificate
from cardreader.proof.links import MAX_CANDIDATES, MAX_LINKS
from cardreader.proof.reasons import NotProven, Reason
from cardreader.proof.trust import Authority, TrustStore
from tests.unit.cardreader.issuing import NOW, YEAR, Holder, certify


def answering(signer: Holder, *pinned: Holder, training: bool = False, at: datetime = NOW) -> Authority:
    store = TrustStore([parse_certificate(one.der) for one in pinned], training=training)
    return store.authority_of(parse_certificate(signer.der), at=at)


def refusal(signer: Holder, *pinned: Holder, training: bool = False, at: datetime = NOW) -> Reason:
    with pytest.raises(NotProven) as caught:
        answering(signer, *pinned, training=training, at=at)
    return caught.value.reason


def link(holder: Holder, name: str, *, by: Holder, **options: object) -> Holder:
    """Return a certificate of the same key under another one's."""
    return certify(name, by=by, key=holder.key, authority=True, **options)  # type: ignore[arg-type]


OLD = certify("Old key")
NEW = certify("New key")
LINK = link(NEW, "New key", by=OLD)
SIGNER = certify("DS", by=NEW)


def test_a_signer_of_the_new_key_is_proven_over_a_link_from_the_pinned_old_one() -> None:
    authority = answering(SIGNER, OLD, LINK)
    assert [one.der for one in authority.certificates] == [LINK.der, OLD.der]
    assert not authority.training


def test_a_link_is_no_root() -> None:
    assert refusal(SIGNER, LINK, certify("Another")) == Reason.AUTHORITY_UNKNOWN


def test_a_link_that_another_key_signed_leads_nowhere() -> None:
    impostor = certify("Old key")
    assert refusal(SIGNER, OLD, link(NEW, "New key", by=impostor)) == Reason.AUTHORITY_UNKNOWN


def test_a_link_with_a_changed_byte_leads_nowhere() -> None:
    changed = bytearray(LINK.der)
    changed[-1] ^= 1
    store = TrustStore([parse_certificate(OLD.der), parse_certificate(bytes(changed))])
    with pytest.raises(NotProven) as caught:
        store.authority_of(parse_certificate(SIGNER.der), at=NOW)
    assert caught.value.reason == Reason.AUTHORITY_UNKNOWN


def test_a_link_between_two_keys_of_one_name_is_told_from_a_root() -> None:
    old, new = certify("CSCA", identified=True), certify("CSCA", identified=True)
    linking = link(new, "CSCA", by=old, identified=True)
    signer = certify("DS", by=new, identified=True)
    assert answering(signer, old, linking).certificates[-1].der == old.der
    assert refusal(signer, linking) == Reason.AUTHORITY_UNKNOWN


def chained(count: int) -> tuple[Holder, list[Holder]]:
    """Return a signer and its authorities: a root with `count` links above each other."""
    pinned = [certify("Key 0")]
    for number in range(1, count + 1):
        pinned.append(certify(f"Key {number}", by=pinned[-1], authority=True))
    return certify("DS", by=pinned[-1]), pinned


def test_as_many_links_as_the_limit_count() -> None:
    signer, pinned = chained(MAX_LINKS)
    assert len(answering(signer, *pinned).certificates) == MAX_LINKS + 1


def test_more_links_than_the_limit_do_not() -> None:
    signer, pinned = chained(MAX_LINKS + 1)
    assert refusal(signer, *pinned) == Reason.AUTHORITY_UNKNOWN


def test_links_in_a_ring_come_to_an_end() -> None:
    one, two = certify("One"), certify("Two")
    ring = [link(one, "One", by=two), link(two, "Two", by=one)]
    assert refusal(certify("DS", by=one), *ring, certify("Another")) == Reason.AUTHORITY_UNKNOWN


def test_an_authority_cannot_hand_over_to_another_country() -> None:
    foreign = certify("New key", country="YY")
    linking = link(foreign, "New key", by=OLD, country="YY")
    assert refusal(certify("DS", by=foreign), OLD, linking) == Reason.AUTHORITY_UNKNOWN


@pytest.mark.parametrize(
    ("years", "reason"), [((-9, -1), Reason.AUTHORITY_EXPIRED), ((1, 9), Reason.NOT_YET_VALID)]
)
def test_a_link_counts_only_while_it_is_valid(years: tuple[int, int], reason: Reason) -> None:
    linking = link(NEW, "New key", by=OLD, valid=(NOW + YEAR * years[0], NOW + YEAR * years[1]))
    assert refusal(SIGNER, OLD, linking) == reason


def test_an_expired_link_does_no_harm_beside_the_pinned_new_root() -> None:
    expired = link(NEW, "New key", by=OLD, valid=(NOW - YEAR, NOW - YEAR / 2))
    assert answering(SIGNER, OLD, expired, NEW).certificates[0].der == NEW.der


def test_a_root_that_expired_vouches_for_no_link() -> None:
    expired = certify("Old key", valid=(NOW - YEAR, NOW - YEAR / 2))
    assert refusal(SIGNER, expired, link(NEW, "New key", by=expired)) == Reason.AUTHORITY_EXPIRED


class TestTraining:
    root = certify("Training root", unit=TRAINING_MARKER)
    hiding = certify("Looks real", by=root, authority=True)
    hidden = certify("Looks real too", by=hiding, authority=True)

    @pytest.mark.parametrize("last", ["hiding", "hidden"])
    def test_a_link_does_not_wash_the_marker_off(self, last: str) -> None:
        signer = certify("DS", by=getattr(self, last))
        pinned = (self.root, self.hiding, self.hidden)
        assert refusal(signer, *pinned, OLD) == Reason.TRAINING_CARD
        assert answering(signer, *pinned, OLD, training=True).training

    def test_a_marked_link_under_a_real_root_counts_in_training_only(self) -> None:
        marked = certify("Marked", by=OLD, authority=True, unit=TRAINING_MARKER)
        signer = certify("DS", by=marked)
        assert refusal(signer, OLD, marked) == Reason.TRAINING_CARD
        assert answering(signer, OLD, marked, training=True).training

    def test_a_marked_signer_under_a_real_root_counts_in_training_only(self) -> None:
        signer = certify("DS", by=OLD, unit=TRAINING_MARKER)
        assert refusal(signer, OLD) == Reason.TRAINING_CARD
        assert answering(signer, OLD, training=True).training


class TestManyAuthorities:
    """Cost is counted in signatures verified, which is what takes time."""

    @pytest.fixture
    def verified(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        seen: list[bytes] = []
        verify = links.verify_signature

        def counted(key: bytes, *rest: bytes, **named: object) -> None:
            seen.append(key)
            verify(key, *rest, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(links, "verify_signature", counted)
        return seen

    @staticmethod
    def flood(count: int, identified: bool) -> list[Holder]:
        """Return authorities that share one name; few keys, as only their number matters here."""
        keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
        return [certify("CSCA", key=keys[number % 3], identified=identified) for number in range(count)]

    @pytest.mark.parametrize("count", [1, 10, 100])
    def test_the_key_identifier_finds_the_right_one_among_any_number(
        self, count: int, verified: list[bytes]
    ) -> None:
        right = certify("CSCA", identified=True)
        store = TrustStore(
            [parse_certificate(one.der) for one in (*self.flood(count, identified=True), right)]
        )
        store.authority_of(parse_certificate(certify("DS", by=right, identified=True).der), at=NOW)
        assert len(verified) == 2  # the signer's certificate and the root's own

    def test_without_key_identifiers_only_so_many_are_tried(self, verified: list[bytes]) -> None:
        store = TrustStore([parse_certificate(one.der) for one in self.flood(100, identified=False)])
        with pytest.raises(NotProven):
            store.authority_of(parse_certificate(certify("DS", by=certify("CSCA")).der), at=NOW)
        assert len(verified) == MAX_CANDIDATES

    def test_a_signer_is_verified_once(self, verified: list[bytes]) -> None:
        store = TrustStore([parse_certificate(OLD.der)])
        signer = parse_certificate(certify("DS", by=OLD).der)
        for _ in range(3):
            store.authority_of(signer, at=NOW)
        assert len(verified) == 2

    def test_what_is_remembered_is_bounded(
        self, verified: list[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(links, "MAX_REMEMBERED", 2)
        store = TrustStore([parse_certificate(OLD.der)])
        signer = parse_certificate(certify("DS", by=OLD).der)
        others = [parse_certificate(certify(f"DS {number}", by=OLD).der) for number in range(3)]
        for one in (signer, *others, signer):
            store.authority_of(one, at=NOW)
            assert len(store.authorities._verified) <= 2
        assert len(verified) > 6  # the first was forgotten meanwhile

    def test_an_authority_with_a_weak_key_of_the_same_name_does_not_hide_the_right_one(self) -> None:
        weak = certify("Old key", curve=ec.SECP256K1())
        assert answering(certify("DS", by=OLD), weak, OLD).certificates[0].der == OLD.der
