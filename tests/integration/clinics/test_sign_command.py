"""`tiepdon-clinic sign`, and what `doctor` says of the key that signs."""

import json
import logging
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result

from bhyt.national import open_file
from bhyt.national.signature import verify_signature
from clinics.batch.sources.sheets.templates import write_template
from tests.integration.clinics.signing_keys import (
    PASSWORD,
    ROUND_NOW,
    Clinic,
    needs_softhsm,
    p12,
    secret,
)
from tests.integration.clinics.softhsm import MODULE, PIN
from tests.integration.gateway.parcels import claims_file
from tests.unit.bhyt.samples import BIRTHS, CHECK_IN, DEATH_NOTICE
from tests.unit.bhyt.signers import HOSPITAL, hospital


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    made = Clinic(tmp_path, monkeypatch)
    made.set(SIGNING_P12=p12(tmp_path))
    return made


def test_the_command_signs_a_file_into_another_and_names_the_signer(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    done = clinic.sign()
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{clinic.folder / 'signed.xml'}\n"
    assert HOSPITAL in done.stderr
    assert PASSWORD not in done.output + caplog.text
    signed = clinic.folder / "signed.xml"
    assert verify_signature(signed.read_bytes()).status == "valid"
    assert signed.stat().st_mode & 0o077 == 0
    assert (clinic.folder / "unsigned.xml").read_bytes() == CHECK_IN


def test_the_command_never_overwrites(clinic: Clinic) -> None:
    (clinic.folder / "signed.xml").write_text("kept")
    done = clinic.sign()
    assert (done.exit_code, "[signature.output-exists]" in done.stderr) == (2, True)
    assert (clinic.folder / "signed.xml").read_text() == "kept"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<A/>", "file.unknown-root"),
        (b"", "file.not-xml"),
        (
            CHECK_IN.replace(
                b"<CHUKYDONVI/>", b'<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/>'
            ),
            "signature.already-signed",
        ),
    ],
)
def test_the_command_refuses_what_it_cannot_sign(clinic: Clinic, content: bytes, code: str) -> None:
    (clinic.folder / "unsigned.xml").write_bytes(content)
    done = clinic.sign()
    assert (done.exit_code, f"[{code}]" in done.stderr) == (5, True)
    assert not (clinic.folder / "signed.xml").exists()


@pytest.mark.parametrize(
    ("out", "answer", "code"),
    [
        ("signed.xml", "wrong\n", "signature.secret-wrong"),
        ("signed.xml", "", "signature.nothing-entered"),
        ("none/signed.xml", PASSWORD + "\n", "signature.output-unwritable"),
    ],
)
def test_the_command_says_what_is_wrong_with_the_secret_or_the_place(
    clinic: Clinic, out: str, answer: str, code: str
) -> None:
    done = clinic.sign(out, answer)
    assert (done.exit_code, f"[{code}]" in done.stderr) == (2, True)
    assert not (clinic.folder / "signed.xml").exists()


@pytest.mark.parametrize("name", ["births.xlsx", "births.csv"])
def test_a_sheet_is_not_signed_here_but_at_its_upload(clinic: Clinic, name: str) -> None:
    write_template("births", clinic.folder / name)
    done = clinic.run("sign", str(clinic.folder / name), "--out", str(clinic.folder / "signed.xml"))
    assert (done.exit_code, "[signature.sheet-file]" in done.stderr) == (2, True)
    assert not (clinic.folder / "signed.xml").exists()


def split(clinic: Clinic, *, answer: str = PASSWORD + "\n") -> Result:
    folder = clinic.folder / "parts"
    return clinic.run("sign", str(clinic.folder / "unsigned.xml"), "--split", str(folder), answer=answer)


def test_of_a_file_with_several_records_each_is_signed_in_a_file_of_its_own(clinic: Clinic) -> None:
    whole = claims_file("LK-1", "LK-2", "LK-3")
    (clinic.folder / "unsigned.xml").write_bytes(whole)
    done = split(clinic)
    assert done.exit_code == 0, done.output
    paths = [clinic.folder / "parts" / f"unsigned-0000{number}.xml" for number in (1, 2, 3)]
    assert done.stdout.splitlines() == [str(path) for path in paths]
    parts = [path.read_bytes() for path in paths]
    assert {verify_signature(part).status for part in parts} == {"valid"}
    read = [record for part in parts for record in open_file(BytesIO(part)).records()]
    assert [record.key for record in read] == ["LK-1", "LK-2", "LK-3"]
    contents = [dossier.files for dossier in open_file(BytesIO(whole)).dossiers()]
    assert [next(iter(open_file(BytesIO(part)).dossiers())).files for part in parts] == contents


def test_documents_are_split_in_their_own_profile(clinic: Clinic) -> None:
    (clinic.folder / "unsigned.xml").write_bytes(BIRTHS)
    done = split(clinic)
    assert done.exit_code == 0, done.output
    found = [verify_signature(Path(line).read_bytes()) for line in done.stdout.splitlines()]
    assert {(one.status, one.profile) for one in found} == {("valid", "document")}
    assert len(found) == len(list(open_file(BytesIO(BIRTHS)).records()))


def test_nothing_is_signed_where_one_of_the_parts_exists(clinic: Clinic) -> None:
    (clinic.folder / "unsigned.xml").write_bytes(claims_file("LK-1", "LK-2"))
    (clinic.folder / "parts").mkdir()
    (clinic.folder / "parts" / "unsigned-00002.xml").write_text("kept")
    done = split(clinic)
    assert (done.exit_code, "[signature.output-exists]" in done.stderr) == (2, True)
    assert [path.read_text() for path in (clinic.folder / "parts").iterdir()] == ["kept"]


def test_what_cannot_be_read_is_not_split(clinic: Clinic) -> None:
    (clinic.folder / "unsigned.xml").write_bytes(b"<A/>")
    done = split(clinic)
    assert (done.exit_code, "[file.unknown-root]" in done.stderr) == (5, True)
    assert not (clinic.folder / "parts").exists()


@pytest.mark.parametrize("more", [(), ("--out", "signed.xml", "--split", ".")])
def test_the_command_is_told_one_place_for_what_it_signs(clinic: Clinic, more: tuple[str, ...]) -> None:
    assert clinic.run("sign", str(clinic.folder / "unsigned.xml"), *more).exit_code == 2


@needs_softhsm
def test_the_command_signs_a_document_with_a_token(
    hsm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = Clinic(tmp_path, monkeypatch)
    (tmp_path / "unsigned.xml").write_bytes(DEATH_NOTICE)
    clinic.set(SIGNING_MODULE=MODULE, SIGNING_TOKEN="one", SIGNING_SECRET_FILE=secret(tmp_path, PIN))
    done = clinic.sign(answer="")
    assert done.exit_code == 0, done.output
    found = verify_signature((tmp_path / "signed.xml").read_bytes())
    assert (found.status, found.profile) == ("valid", "document")


def doctors_word(clinic: Clinic) -> dict[str, object]:
    lines = clinic.run("doctor", "--json").stdout.splitlines()
    return next((one for one in map(json.loads, lines) if one["part"] == "signing"), {})


@pytest.mark.parametrize(
    ("days", "level", "code"),
    [
        ((-100, 100), "ok", None),
        ((-100, 20), "warn", "signature.certificate-ending"),
        ((-100, -1), "fail", "signature.certificate-ended"),
        ((10, 100), "fail", "signature.certificate-ended"),
    ],
)
def test_the_doctor_says_which_certificate_signs_and_when_it_ends(
    clinic: Clinic, days: tuple[int, int], level: str, code: str | None
) -> None:
    key = hospital(days=(ROUND_NOW + days[0], ROUND_NOW + days[1]))
    clinic.set(SIGNING_P12=p12(clinic.folder, key), SIGNING_SECRET_FILE=secret(clinic.folder))
    word = doctors_word(clinic)
    assert (word["level"], word["code"]) == (level, code)
    assert word["detail"] == f"{HOSPITAL}, until {key.certificate.not_valid_after_utc:%Y-%m-%d}"


def test_the_doctor_asks_for_no_secret_and_says_nothing_where_no_key_is_named(clinic: Clinic) -> None:
    assert doctors_word(clinic)["level"] == "ok"
    clinic.patch.delenv("TIEPDON_CLINIC_SIGNING_P12")
    assert doctors_word(clinic) == {}


def test_the_doctor_fails_where_the_key_cannot_sign(clinic: Clinic) -> None:
    clinic.set(SIGNING_SECRET_FILE=secret(clinic.folder, "wrong"))
    assert doctors_word(clinic)["code"] == "signature.secret-wrong"
    weak = p12(clinic.folder, hospital(number=3, bits=1024))
    clinic.set(SIGNING_P12=weak, SIGNING_SECRET_FILE=secret(clinic.folder))
    assert doctors_word(clinic)["code"] == "signature.key-unusable"


@needs_softhsm
def test_a_token_shows_its_certificate_without_its_pin(
    hsm: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = Clinic(tmp_path, monkeypatch)
    clinic.set(SIGNING_MODULE=MODULE, SIGNING_TOKEN="one")
    word = doctors_word(clinic)
    assert (word["level"], HOSPITAL in str(word["detail"])) == ("ok", True)
