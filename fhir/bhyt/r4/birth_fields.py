"""Which fields of a birth certificate tell of whom: XML9 and the form of 2025 (GIAYCHUNGSINH)."""

from dataclasses import dataclass

from bhyt.r4.people import PersonFields
from bhyt.r4.spelling import MINUTE, SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFields:
    """The persons of a certificate; the two who commissioned a surrogate stand on the form of 2025 only."""

    child: PersonFields
    mother: PersonFields
    father: PersonFields
    commissioning_mother: PersonFields | None = None
    commissioning_father: PersonFields | None = None


XML9 = CertificateFields(
    child=PersonFields(
        name="HO_TEN_CON", born="NGAY_SINH_CON", born_width=MINUTE, sex="GIOI_TINH_CON", card="MA_THE_TAM"
    ),
    mother=PersonFields(
        name="HO_TEN_NND",
        born="NGAYSINH_NND",
        insurance="MA_BHXH_NND",
        card="MA_THE_NND",
        document="SO_CCCD_NND",
        issued_on="NGAYCAP_CCCD_NND",
        issued_by="NOICAP_CCCD_NND",
        nationality="MA_QUOCTICH",
        ethnicity="MA_DANTOC_NND",
        address="NOI_CU_TRU_NND",
        province="MATINH_CU_TRU",
        district="MAHUYEN_CU_TRU",
        commune="MAXA_CU_TRU",
    ),
    father=PersonFields(name="HO_TEN_CHA"),
)

GIAYCHUNGSINH = CertificateFields(
    child=PersonFields(
        name="TEN_CON", born="NGAY_SINH_CON", born_width=SECOND, sex="GIOI_TINH_CON", card="MA_THE_TAM"
    ),
    mother=PersonFields(
        name="HOTEN_NND",
        born="NGAYSINH_NND",
        number="MA_BN",
        insurance="MA_BHXH_NND",
        card="MA_THE_NND",
        document="SO_CCCD_NND",
        document_kind="LOAI_GIAYTO_NND",
        issued_on="NGAYCAP_CCCD_NND",
        issued_by="NOICAP_CCCD_NND",
        nationality="MA_QUOCTICH_NND",
        ethnicity="MA_DANTOC_NND",
        address="NOI_CU_TRU_NND",
        province="MATINH_CU_TRU",
        district="MAHUYEN_CU_TRU",
        commune="MAXA_CU_TRU",
    ),
    father=PersonFields(
        name="HO_TEN_CHA",
        born="NGAYSINH_CHA_NND",
        document="SO_CCCD_CHA_NND",
        document_kind="LOAI_GIAYTO_CHA_NND",
        issued_on="NGAYCAP_CCCD_CHA_NND",
        issued_by="NOICAP_CCCD_CHA_NND",
        ethnicity="MA_DANTOC_CHA_NND",
    ),
    commissioning_mother=PersonFields(
        name="HOTEN_MTH",
        born="NGAYSINH_MTH",
        insurance="MA_BHXH_MTH",
        card="MA_THE_MTH",
        document="SO_CCCD_MTH",
        document_kind="LOAI_GIAYTO_MTH",
        issued_on="NGAYCAP_CCCD_MTH",
        issued_by="NOICAP_CCCD_MTH",
        nationality="MA_QUOCTICH_MTH",
        ethnicity="MA_DANTOC_MTH",
        address="NOI_CU_TRU_MTH",
        province="MATINH_CU_TRU_MTH",
        commune="MAXA_CU_TRU_MTH",
    ),
    commissioning_father=PersonFields(
        name="HO_TEN_CHA_MTH",
        born="NGAYSINH_CHA_MTH",
        document="SO_CCCD_CHA_MTH",
        document_kind="LOAI_GIAYTO_CHA_MTH",
        issued_on="NGAYCAP_CCCD_CHA_MTH",
        issued_by="NOICAP_CCCD_CHA_MTH",
        ethnicity="MA_DANTOC_CHA_MTH",
        address="NOI_CU_TRU_CHA_MTH",
        province="MATINH_CU_TRU_CHA_MTH",
        commune="MAXA_CU_TRU_CHA_MTH",
    ),
)

CERTIFICATES = {"XML9": XML9, "GIAYCHUNGSINH": GIAYCHUNGSINH}
"""The persons of each certificate, by its table."""
