"""The chip against the worked examples of ICAO Doc 9303-11, whole conversations byte for byte."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cardreader.emulator.chip import Chip
from cardreader.emulator.files import EF_COM
from cardreader.emulator.habits import Habits
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority
from cardreader.emulator.offers import PaceOffer
from cardreader.emulator.samples import SAMPLES
from tests.unit.emulator.conftest import VECTORS

SELECT_APPLICATION = "00A4040C07A0000002471001"


def scripted(*values: str) -> Callable[[int], bytes]:
    """Return a source of "random" bytes that gives out the example's values in turn."""
    rest = [bytes.fromhex(value) for value in values]

    def take(length: int) -> bytes:
        value = rest.pop(0)
        assert len(value) == length
        return value

    return take


def card_of_the_example(
    authority: TrainingAuthority, mrz_information: str, files: dict[int, bytes]
) -> IssuedCard:
    issued = authority.issue(SAMPLES["mau-thu"])
    return replace(issued, files={**issued.files, **files}, access_information=mrz_information)


def test_basic_access_control_answers_as_in_appendix_d3_and_reads_as_in_d4(
    authority: TrainingAuthority, vectors: dict[str, Any]
) -> None:
    bac, messaging = vectors["bac_D2_D3"], vectors["sm_3des_D4"]
    ef_com = bytes.fromhex("60145F0104303130365F36063034303030305C026175")
    card = card_of_the_example(authority, bac["mrz_info"], {EF_COM: ef_com})
    chip = Chip(card, random=scripted(bac["tvRNDicc"], bac["tvKicc"]))

    def ask(command: str) -> str:
        return chip.process(bytes.fromhex(command)).hex().upper()

    assert ask(SELECT_APPLICATION) == "9000"
    assert ask("0084000008") == bac["tvRNDicc"] + "9000"
    assert ask("0082000028" + bac["tvCmdData"] + "28") == bac["tvRespData"] + "9000"
    for exchange in messaging["exchanges"]:
        assert ask(exchange["prot_c"]) == exchange["prot_r"]


def test_pace_with_generic_mapping_answers_as_in_appendix_g1(
    authority: TrainingAuthority, vectors: dict[str, Any]
) -> None:
    pace = vectors["pace_gm_ecdh"]
    card = card_of_the_example(authority, pace["mrz_info"], {})
    keys = ("nonceDecrypted", "chipPrivateKey", "chipEphemeralPrivateKey")
    chip = Chip(card, random=scripted(*(pace[key] for key in keys)))

    def ask(command: str) -> str:
        return chip.process(bytes.fromhex(command)).hex().upper()

    assert ask(pace["initializePaceMsgTerminal"]) == "9000"
    for step in (1, 2, 3, 4):
        sent, answer = (pace[f"generalAuthenticateStep{step}Msg{side}"] for side in ("Terminal", "Chip"))
        assert ask(sent) == answer


def test_pace_in_a_finite_field_answers_as_in_appendix_g2(authority: TrainingAuthority) -> None:
    example = json.loads(VECTORS.with_name("pace_more_vectors.json").read_text())["dh_gm"]
    card = card_of_the_example(authority, example["mrz_info"], {})
    card = replace(card, habits=Habits(pace_offers=(PaceOffer(parameter_id=example["parameter_id"]),)))
    keys = ("nonce", "chip_map_private", "chip_ephemeral_private")
    chip = Chip(card, random=scripted(*(example[key] for key in keys)))
    for sent, answer in example["exchanges"]:
        assert chip.process(bytes.fromhex(sent)).hex().upper() == answer
