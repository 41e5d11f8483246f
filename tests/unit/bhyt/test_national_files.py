"""The three national samples read whole, and what a file is refused for."""

from decimal import Decimal
from itertools import chain

import pytest

from bhyt.errors import (
    DoctypeFound,
    FileTooLarge,
    NoFacility,
    NoRecords,
    NotXml,
    RecordsError,
    TooDeep,
    Truncated,
    UnknownRoot,
    WrongEncoding,
)
from bhyt.national import outline, read_file
from bhyt.records.birth import Birth
from bhyt.records.checkin import CheckIn
from bhyt.records.content import business_key, kind
from bhyt.records.death import Death
from bhyt.records.visit import Visit
from failures import failure
from tests.unit.bhyt.samples import CHECK_IN, DEATH_NOTICE, ENVELOPE, envelope, inner_files


def test_the_sample_envelope_is_one_claim_and_one_birth_that_lack_a_discharge_paper_only() -> None:
    file = read_file(ENVELOPE)
    assert (file.kind, file.facility) == ("claims", "33999")
    assert [(p.code, p.severity) for p in file.problems] == [("claim.no-discharge-paper", "warning")]
    assert [(kind(record), business_key(record)) for record in file.records] == [
        ("claim", "SYN-33999-0000001"),
        ("birth", "00001.GCS.33999.26"),
    ]


def test_the_sample_check_in_is_read_with_its_cover_and_first_cost() -> None:
    (check_in,) = read_file(CHECK_IN).records
    assert isinstance(check_in, CheckIn)
    assert check_in.covers[0].card_number == "DN4339900000001"
    assert check_in.first_cost is not None
    assert check_in.first_cost.name == "Khám Nội (dữ liệu giả)"
    assert business_key(check_in) == "SYN-33999-0000001/202609140900"


def test_the_sample_death_notice_says_who_died_when_and_of_what() -> None:
    file = read_file(DEATH_NOTICE)
    (death,) = file.records
    assert file.problems == ()
    assert isinstance(death, Death)
    assert (death.person.full_name, death.person.national_id) == ("TRẦN VĂN MẪU CỤ", "033040000002")
    assert death.died.to_fhir() == "2026-09-11T22:30:00+07:00"
    assert death.cause_code == "J96"


def test_a_birth_names_child_mother_and_certificate() -> None:
    birth = read_file(ENVELOPE).records[1]
    assert isinstance(birth, Birth)
    assert (birth.child_name, birth.child_sex, birth.weight) == ("TRẦN MẪU BÉ", "female", Decimal(3150))
    assert birth.mother.insurance_number == "9900000001"
    assert birth.temporary_card == "TE1330000000001"


def test_money_keeps_the_decimals_as_sent() -> None:
    visit = _sample_visit()
    assert str(visit.lines[0].amounts.hospital_price) == "1250.500"
    assert str(visit.totals.fund) == "1031564.80"
    assert str(visit.totals.other_sources) == "0"


def test_the_sample_claim_adds_up_to_the_dong() -> None:
    """The identities of QĐ 130/4750 (benefits.md section 6), with no other source of money."""
    visit = _sample_visit()
    drugs = [line.amounts for line in visit.lines if line.table == "XML2"]
    services = [line.amounts for line in visit.lines if line.table == "XML3"]
    for line in drugs:
        assert line.hospital_amount == line.quantity * line.hospital_price
        assert line.insured_amount == line.hospital_amount * line.payment_rate / 100
    for line in services:
        assert line.service_rate is not None
        assert line.hospital_amount == line.quantity * line.hospital_price * line.service_rate / 100
    for line in chain(drugs, services):
        assert line.fund == line.insured_amount * line.benefit_rate / 100
        assert line.fund + line.copayment + line.self_paid + line.other_sources == line.hospital_amount
    totals = visit.totals
    assert totals.drugs == sum(line.hospital_amount for line in drugs) == Decimal("69205.00")
    assert totals.hospital_amount == sum(line.hospital_amount for line in chain(drugs, services))
    assert totals.insured_amount == sum(line.insured_amount for line in chain(drugs, services))
    assert totals.copayment == sum(line.copayment for line in chain(drugs, services))
    assert totals.self_paid == sum(line.self_paid for line in chain(drugs, services))
    assert totals.fund == sum(line.fund for line in chain(drugs, services))
    assert totals.fund == totals.insured_amount - totals.copayment == totals.fund_by_service
    supplies = [line for line in visit.lines if line.cost_group in {"10", "11"}]
    assert totals.supplies == sum(line.amounts.hospital_amount for line in supplies)
    assert all(line.is_supply for line in supplies)


def test_every_field_of_a_row_is_kept_in_order_known_or_not() -> None:
    files = inner_files()
    files["XML1"] = files["XML1"].replace("<STT>1</STT>", "<MOI_LA> giữ \n</MOI_LA><STT>1</STT>")
    (visit, _) = read_file(envelope(files)).records
    assert visit.row is not None
    assert visit.row.fields[1:3] == (("MOI_LA", " giữ \n"), ("STT", "1"))


def test_several_dossiers_of_one_file_are_read_each() -> None:
    other = {name: text.replace("SYN-33999-0000001", "SYN-2") for name, text in inner_files().items()}
    other.pop("XML9")
    keys = [business_key(record) for record in read_file(envelope(inner_files(), other)).records]
    assert keys == ["SYN-33999-0000001", "00001.GCS.33999.26", "SYN-2"]


def test_an_uninsured_patient_has_no_cover() -> None:
    files = inner_files()
    for name in ("MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN"):
        start, end = files["XML1"].index(f"<{name}>"), files["XML1"].index(f"</{name}>")
        files["XML1"] = files["XML1"][:start] + f"<{name}>" + files["XML1"][end:]
    visit = read_file(envelope(files)).records[0]
    assert isinstance(visit, Visit)
    assert visit.covers == ()


def _bomb() -> bytes:
    return b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><GIAMDINHHS>&c;</GIAMDINHHS>'


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        pytest.param(b"", NotXml, id="empty"),
        pytest.param(b"MA_LK,STT\n", NotXml, id="csv"),
        pytest.param(ENVELOPE[:-20], Truncated, id="truncated"),
        pytest.param(_bomb(), DoctypeFound, id="entity-bomb"),
        pytest.param(_bomb().decode().encode("utf-16"), WrongEncoding, id="entity-bomb-utf-16"),
        pytest.param(b"<GIAMDINH/>", UnknownRoot, id="unknown-root"),
        pytest.param(b"<GIAMDINHHS>" + b"<a>" * 64, TooDeep, id="deep"),
        pytest.param(b"<GIAMDINHHS/>", NoFacility, id="no-facility"),
        pytest.param(envelope(), NoRecords, id="no-dossier"),
        pytest.param(b"<HSDLGBT><CHUKYDONVI/></HSDLGBT>", NoRecords, id="no-death"),
        pytest.param(b"<HSDLGBT><GIAYBAOTU/></HSDLGBT>", NoFacility, id="death-without-facility"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_with_its_own_code(
    data: bytes, refusal: type[RecordsError]
) -> None:
    with pytest.raises(refusal) as refused:
        read_file(data)
    assert type(refused.value) is refusal
    assert failure(refused.value.code).remedy.vi


def test_a_file_over_the_size_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outline, "MAX_FILE_BYTES", len(ENVELOPE) - 1)
    with pytest.raises(FileTooLarge):
        read_file(ENVELOPE)


def _sample_visit() -> Visit:
    visit = read_file(ENVELOPE).records[0]
    assert isinstance(visit, Visit)
    return visit
