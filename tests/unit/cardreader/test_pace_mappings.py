"""Every way to run PACE: worked examples of Doc 9303-11 (G.2, H.1, H.2, and that of the chip mapping)."""

from typing import Any

import gmpy2
import pytest

from cardreader.access.mapping import CIPHERS, nonce_length, pseudo_random
from cardreader.access.offers import MAX_OFFERS, group_of, ranked
from cardreader.access.pace import PaceSession, Password, open_with_pace
from cardreader.errors import MalformedData
from cardreader.lds.security_infos import PaceInfo
from cardreader.session.curves import CURVES, Domain
from cardreader.session.fields import FIELDS
from tests.unit.cardreader.scripted_card import ScriptedCard, replay
from tests.unit.cardreader.vectors import PACE_CHIP, PACE_DH, PACE_DH_INTEGRATED, PACE_INTEGRATED

DH_ORDER = FIELDS[0].order
RANDOM: dict[str, list[str]] = {
    "G.2": [PACE_DH["terminalPrivateKey"], PACE_DH["terminalEphemeralPrivateKey"]],
    "H.1": [PACE_INTEGRATED["nonce_t"], PACE_INTEGRATED["term_eph_priv"]],
    # The example's private key is as long as the prime; only its rest by the order matters.
    "H.2": [
        PACE_DH_INTEGRATED["nonce_t"],
        f"{int(PACE_DH_INTEGRATED['terminalEphemeralPrivateKey'], 16) % DH_ORDER:040X}",
    ],
    "chip mapping": [PACE_CHIP["term_map_priv"], PACE_CHIP["term_eph_priv"]],
}
EXAMPLES = {"G.2": PACE_DH, "H.1": PACE_INTEGRATED, "H.2": PACE_DH_INTEGRATED, "chip mapping": PACE_CHIP}


def offer_of(example: dict[str, Any]) -> PaceInfo:
    return PaceInfo(bytes.fromhex(example["oid"]), 2, example["parameter_id"])


def run(name: str, *, exchanges: list[Any] | None = None) -> PaceSession:
    example = EXAMPLES[name]
    card = ScriptedCard(exchanges or example["exchanges"])
    session = open_with_pace(
        card,
        offer_of(example),
        Password.from_can(example["can"]) if "can" in example else Password.from_zone(example["mrz_info"]),
        random_bytes=replay(*RANDOM[name]),
    )
    assert not card.script, "PACE stopped early"
    return session


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_chip_is_opened_command_for_command_as_in_the_example(name: str) -> None:
    assert (run(name).chip is not None) == (name == "chip mapping")


def number(text: str) -> int:
    return int(text, 16)


def test_the_integrated_mapping_leads_to_the_generators_of_the_examples() -> None:
    for example in (PACE_INTEGRATED, PACE_DH_INTEGRATED):
        group = group_of(offer_of(example))
        nonces = bytes.fromhex(example["nonce_s"]), bytes.fromhex(example["nonce_t"])
        mapped = group.mapped_onto(pseudo_random(*nonces, cipher=CIPHERS[2], prime=group.prime))
        expected = example.get("mapped_G_x") or example["mappedGenerator"]
        assert expected in mapped.public_key(1).hex().upper()


def test_the_generic_mapping_in_a_field_leads_to_the_generator_of_the_example() -> None:
    theirs = bytes.fromhex(PACE_DH["exchanges"][2][1])[6:-2]
    nonce = bytes.fromhex(PACE_DH["nonceDecrypted"])
    mapped = FIELDS[0].mapped(nonce, number(PACE_DH["terminalPrivateKey"]), theirs)
    assert f"{mapped.generator:0256X}" == PACE_DH["mappedGenerator"]
    theirs = bytes.fromhex(PACE_DH["exchanges"][3][1])[6:-2]
    secret = mapped.agree(number(PACE_DH["terminalEphemeralPrivateKey"]), theirs)
    assert secret.hex().upper() == PACE_DH["sharedSecretEphemeral"]


def test_the_chip_mapping_ties_the_chip_to_the_key_of_the_example() -> None:
    chip = run("chip mapping").chip
    assert chip is not None
    assert f"{chip.factor:064X}" == PACE_CHIP["ca_data"]
    static = bytes.fromhex(PACE_CHIP["chip_authentication_key"])
    assert Domain(13).multiple(chip.factor, static) == chip.mapping_key
    assert str(chip.factor) not in repr(chip)


def changed(name: str, number: int, answer: str) -> list[Any]:
    exchanges = [list(exchange) for exchange in EXAMPLES[name]["exchanges"]]
    exchanges[number][1] = answer
    return exchanges[: number + 1]


@pytest.mark.parametrize(
    ("name", "step", "answer"),
    [
        pytest.param("chip mapping", 4, f"7C0A8608{PACE_CHIP['T_ic']}9000", id="no authentication data"),
        pytest.param(
            "chip mapping", 4, f"7C0C8608{PACE_CHIP['T_ic']}8A009000", id="empty authentication data"
        ),
        pytest.param("chip mapping", 4, f"7C1C8608{PACE_CHIP['T_ic']}8A10{'00' * 16}9000", id="no padding"),
        pytest.param("H.1", 1, f"7C228020{'00' * 32}9000", id="a nonce too long for its cipher"),
        pytest.param("G.2", 2, "7C0382010190" + "00", id="the element 1"),
        pytest.param("G.2", 2, f"7C8183828180{'FF' * 128}9000", id="beyond the prime"),
        pytest.param("G.2", 2, "7C0382010290" + "00", id="an element outside the subgroup"),
        pytest.param("G.2", 2, f"7C8185828182{'00' * 129}049000", id="longer than the field"),
    ],
)
def test_a_chip_that_answers_something_else_is_refused(name: str, step: int, answer: str) -> None:
    with pytest.raises(MalformedData):
        run(name, exchanges=changed(name, step, answer))


@pytest.mark.parametrize("parameter_id", [0, 1, 2])
def test_the_groups_of_rfc_5114_are_what_they_should_be(parameter_id: int) -> None:
    group = FIELDS[parameter_id]
    assert [(field.prime.bit_length(), field.order.bit_length()) for field in FIELDS.values()] == [
        (1024, 160),
        (2048, 224),
        (2048, 256),
    ]
    assert (group.prime - 1) % group.order == 0
    assert gmpy2.powmod(group.generator, group.order, group.prime) == 1
    assert gmpy2.is_prime(group.prime)
    assert gmpy2.is_prime(group.order)
    ours, theirs = 0x1234567890ABCDEF, 0xFEDCBA0987654321
    assert group.agree(ours, group.public_key(theirs)) == group.agree(theirs, group.public_key(ours))


def test_a_private_key_whose_public_key_starts_with_zero_is_drawn_again() -> None:
    group = FIELDS[0]
    short = next(key for key in range(1, 10_000) if not group.public_key(key)[0])
    fits = next(key for key in range(1, 10_000) if group.public_key(key)[0])
    drawn = [f"{key:040X}" for key in (0, group.order, short, fits)]
    assert group.private_key(replay(*drawn)) == fits


def test_a_number_without_a_point_and_one_without_a_generator_are_refused() -> None:
    for group in (Domain(13), FIELDS[0]):
        with pytest.raises(MalformedData):
            group.mapped_onto(0)


@pytest.mark.parametrize("parameter_id", [number for number in CURVES if number not in (None, 10)])
def test_the_point_encoding_leads_onto_every_curve_that_it_is_for(parameter_id: int) -> None:
    for value in (2, 12345, 2**150 + 7):
        domain = Domain(parameter_id).mapped_onto(value)
        domain.decode(domain.public_key(3))


def test_a_nonce_is_whole_blocks_and_no_shorter_than_the_key() -> None:
    assert [nonce_length(cipher) for cipher in CIPHERS.values()] == [16, 16, 32, 32]
    for cipher in CIPHERS.values():
        nonce, ours = bytes(range(nonce_length(cipher))), bytes(range(cipher.key_length))
        assert 0 < pseudo_random(nonce, ours, cipher=cipher, prime=FIELDS[1].prime) < FIELDS[1].prime


def offer(mapping: int, cipher: int, parameter_id: int | None, version: int = 2) -> PaceInfo:
    return PaceInfo(bytes.fromhex("04007F0007020204") + bytes([mapping, cipher]), version, parameter_id)


USUAL = offer(2, 2, 13)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(offer(5, 2, 13), id="an unknown mapping"),
        pytest.param(offer(2, 9, 13), id="an unknown cipher"),
        pytest.param(offer(2, 2, 99), id="an unknown curve"),
        pytest.param(offer(2, 2, None), id="no curve"),
        pytest.param(offer(2, 2, 13, version=1), id="version 1"),
        pytest.param(offer(1, 2, 13), id="a curve's number for a field"),
        pytest.param(offer(4, 2, 10), id="integrated mapping on P-224"),
        pytest.param(offer(6, 1, 13), id="chip mapping with 3DES"),
        pytest.param(offer(1, 2, 1), id="2,048 bits in short commands"),
    ],
)
def test_an_offer_not_known_here_is_passed_over(other: PaceInfo) -> None:
    assert ranked([other, USUAL], extended=False) == [USUAL]


def test_the_strongest_offer_is_tried_first() -> None:
    order = [offer(2, 4, 8), offer(1, 4, 2), offer(6, 2, 13), USUAL, offer(4, 2, 13), offer(2, 1, 13)]
    assert ranked(reversed(order), extended=True) == order[:MAX_OFFERS]
    assert ranked([USUAL, offer(2, 2, 12)], extended=True) == [USUAL, offer(2, 2, 12)]
