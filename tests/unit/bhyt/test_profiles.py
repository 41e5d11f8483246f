"""The profiles against facts of the decisions and of the portal's validation sheet, taken down by hand.

How many fields a table has is what the decisions' appendices number; a length is the longest that
decision and portal allow.
"""

import pytest

from bhyt.tables.fields import TABLES, profile
from bhyt.tables.generations import Generation, generations
from bhyt.tables.rules import rule_of

# table: fields in 130, 4750, 3176 and 1931
COUNTS = {
    "CHECKIN": (18, 26, 26, 26),
    "XML1": (65, 66, 66, 66),
    "XML2": (39, 39, 39, 39),
    "XML3": (47, 47, 47, 47),
    "XML4": (12, 12, 12, 12),
    "XML5": (9, 9, 9, 9),
    "XML6": (31, 47, 47, 47),
    "XML7": (25, 26, 26, 26),
    "XML8": (22, 22, 22, 22),
    "XML9": (34, 35, 35, 35),
    "XML10": (12, 13, 13, 13),
    "XML11": (22, 23, 23, 23),
    "XML13": (0, 39, 37, 37),
    "XML14": (0, 22, 22, 22),
    "XML15": (0, 20, 20, 20),
    "GIAYBAOTU": (38, 38, 38, 38),
    "GIAYCHUNGSINH": (69, 69, 69, 69),
}

# table.field, generation: kind, length, required
FACTS = """
XML1.MA_LK 130: text 100 yes
XML1.NGAY_SINH 130: birth 12 yes
XML1.NHOM_MAU 4750: text 10 no
XML1.MA_DOITUONG_KCB 130: text 3 yes
XML1.MA_DOITUONG_KCB 4750: text 5 yes
XML1.MA_LOAI_KCB 130: code 2 yes
XML1.MA_LOAI_KCB 4750: text 2 yes
XML1.NGAY_TAI_KHAM 3176: day 50 no
XML1.T_TONGCHI_BV 3176: number 15 yes
XML1.CHAN_DOAN_RV 3176: text n yes
XML1.MAHUYEN_CU_TRU 4750: text 3 no
XML2.MUC_HUONG 3176: number 3 should
XML2.MUC_HUONG 1931: number 4 should
XML2.MA_KHOA 130: text 15 yes
XML2.MA_KHOA 4750: text 50 yes
XML3.MUC_HUONG 1931: number 4 should
XML3.TT_THAU 130: text 25 if
XML3.TT_THAU 4750: text 100 if
XML3.NGAY_TH_YL 3176: moment 12 if
XML3.MA_BENH 3176: text 100 no
XML3.PP_VO_CAM 3176: code 1 no
XML4.TEN_CHI_SO 3176: text 255 no
XML4.NGAY_KQ 3176: moment 12 if
XML5.THOI_DIEM_DBLS 3176: moment 12 should
XML6.MA_XU_TRI 130: code 1 should
XML6.MA_XU_TRI 4750: text 10 should
XML7.TUOI_THAI 3176: integer 2 if
XML8.NGAY_SINHCON 3176: day 8 no
XML9.CAN_NANG_CON 3176: number 10 yes
XML9.MA_TTDV 3176: text 10 should
XML10.TU_NGAY 3176: day 8 yes
XML11.MA_THE_BHYT 3176: text n no
XML13.MA_NOI_DEN 4750: text 5 no
XML13.MA_CSKCB_DEN 3176: text 5 should
XML13.MA_LYDO_CT 3176: code 1 yes
XML14.NGAY_HEN_KL 3176: moment 12 yes
XML15.SO_CCCD 4750: text 15 no
XML15.KET_QUA_DTRI_LAO 3176: code 1 should
CHECKIN.MA_DOITUONG_KCB 130: code 1 yes
CHECKIN.MA_DOITUONG_KCB 3176: text 5 yes
CHECKIN.NGAY_VAO_NOI_TRU 4750: moment 12 no
CHECKIN.GT_THE_TU 3176: day 8 no
GIAYBAOTU.NGAY_TV 3176: moment 12 yes
GIAYCHUNGSINH.NGAY_SINH_CON 3176: birth 14 yes
"""


def test_every_table_has_as_many_fields_as_the_decisions_number() -> None:
    assert set(COUNTS) == set(TABLES)
    assert {table: tuple(len(profile(table, one)) for one in generations()) for table in TABLES} == COUNTS


@pytest.mark.parametrize("fact", FACTS.strip().splitlines())
def test_a_field_is_as_the_decision_and_the_portal_say(fact: str) -> None:
    place, generation, kind, length, required = fact.replace(":", "").split()
    table, name = place.split(".")
    fields = {field.name: field for field in profile(table, _generation(generation))}
    field = fields[name]
    assert (field.kind, field.max_length, field.required) == (
        kind,
        None if length == "n" else int(length),
        required,
    )


def _generation(text: str) -> Generation:
    return next(one for one in generations() if one == text)


def test_the_fields_that_3176_took_out_of_the_referral_letter_are_gone() -> None:
    names = {one: {field.name for field in profile("XML13", one)} for one in generations()}
    removed = {"MA_NOI_DI", "MA_NOI_DEN", "TEN_DICH_VU", "TEN_THUOC", "PP_DIEU_TRI"}
    brought = {"MA_CSKCB_DI", "MA_CSKCB_DEN", "TINH_TRANG_CT"}
    assert names["4750"] - names["3176"] == removed
    assert names["3176"] - names["4750"] == brought
    assert names["3176"] == names["1931"]


def test_a_table_that_nobody_knows_has_no_profile() -> None:
    with pytest.raises(FileNotFoundError):
        profile("XML12", "3176")


def test_a_failure_code_has_the_rule_that_it_breaks_or_is_its_own() -> None:
    assert rule_of("record.missing-field") == "BHYT-R-008"
    assert rule_of("record.no-visit-id") == "BHYT-R-005"
    assert rule_of("record.conflict") == "record.conflict"
