"""The mappings of PACE against the worked examples of ICAO Doc 9303-11, and properties of what they give."""

import json
from typing import Any

import pytest

from cardreader.emulator.commands import Refused
from cardreader.emulator.domains import PARAMETER_IDS, domain
from cardreader.emulator.mapping import integrated_mapping, nonce_length
from cardreader.emulator.pace import encrypted_chip_data
from cardreader.emulator.suites import CipherKind, encrypted
from tests.unit.emulator.conftest import VECTORS

MORE = json.loads(VECTORS.with_name("pace_more_vectors.json").read_text())
NO_INTEGRATED = 10  # P-224: its prime is 1 modulo 4, for which the standard has no encoding


def test_integrated_mapping_on_a_curve_gives_the_generator_of_appendix_h1(vectors: dict[str, Any]) -> None:
    example = vectors["pace_im_ecdh"]
    s, t = bytes.fromhex(example["nonce_s"]), bytes.fromhex(example["nonce_t"])
    mapped = integrated_mapping(domain(13), CipherKind.AES_128, s, t)
    assert domain(13).encode(mapped)[1:33].hex().upper() == example["mapped_G_x"]


def test_integrated_mapping_in_a_finite_field_gives_the_generator_of_appendix_h2() -> None:
    example = MORE["dh_im"]
    s, t = bytes.fromhex(example["nonce_s"]), bytes.fromhex(example["nonce_t"])
    mapped = integrated_mapping(domain(0), CipherKind.AES_128, s, t)
    assert domain(0).encode(mapped).hex().upper() == example["mapped_g"]


def test_the_nonce_is_encrypted_as_in_appendix_h1(vectors: dict[str, Any]) -> None:
    key = bytes.fromhex(MORE["ecdh_im"]["K_pi"])
    nonce = bytes.fromhex(vectors["pace_im_ecdh"]["nonce_s"])
    assert encrypted(CipherKind.AES_128, key, nonce).hex().upper() == MORE["ecdh_im"]["encrypted_nonce"]


def test_the_chip_authentication_data_are_encrypted_as_in_appendix_i(vectors: dict[str, Any]) -> None:
    example = vectors["pace_cam_ecdh"]
    given = encrypted_chip_data(bytes.fromhex(example["ksEnc"]), bytes.fromhex(example["ca_data"]))
    assert given.hex().upper() == example["encrypted_ca_data"]


@pytest.mark.parametrize("parameter_id", [i for i in PARAMETER_IDS if i != NO_INTEGRATED])
def test_an_integrated_generator_lies_in_its_domain(parameter_id: int) -> None:
    parameters = domain(parameter_id)
    for kind in CipherKind:
        nonces = bytes(range(nonce_length(kind))), bytes(kind.key_length)
        mapped = parameters.encode(integrated_mapping(parameters, kind, *nonces))
        # decode refuses points off the curve and elements outside the subgroup
        assert parameters.encode(parameters.decode(mapped)) == mapped, kind


def test_a_terminals_nonce_of_another_length_is_refused() -> None:
    with pytest.raises(Refused):
        integrated_mapping(domain(13), CipherKind.AES_256, bytes(32), bytes(16))
