"""The invented citizens that training, demonstration and tests use.

None of them exists. Their identity numbers are those of the national sample
files, so that a sample claim is one of a person whose card can be tapped.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Citizen:
    """What a CCCD says of its holder; `expiry_date` is None for a card that does not expire."""

    id_number: str
    full_name: str
    birth_date: date
    sex: Literal["male", "female"]
    issue_date: date
    expiry_date: date | None
    origin: str
    residence: str
    marks: str
    father: str
    mother: str
    spouse: str | None = None
    old_id: str | None = None
    nationality: str = "Việt Nam"
    ethnicity: str = "Kinh"
    religion: str = "Không"

    @property
    def document_number(self) -> str:
        """The card's own number: the last nine digits of the identity number."""
        return self.id_number[-9:]

    @property
    def can(self) -> str:
        """The card access number: the last six digits of the identity number."""
        return self.id_number[-6:]


def code_text(citizen: Citizen) -> str:
    """Return the text of the card's QR code: seven fields, the dates in eight digits."""
    sex = "Nam" if citizen.sex == "male" else "Nữ"
    days = f"{citizen.birth_date:%d%m%Y}", f"{citizen.issue_date:%d%m%Y}"
    fields = (citizen.id_number, citizen.old_id or "", citizen.full_name, days[0], sex, citizen.residence)
    return "|".join((*fields, days[1]))


SAMPLES: dict[str, Citizen] = {
    "mau-thu": Citizen(
        id_number="033300000001",
        full_name="NGUYỄN THỊ MẪU THỬ",
        birth_date=date(1995, 4, 12),
        sex="female",
        issue_date=date(2021, 6, 15),
        expiry_date=date(2035, 4, 12),
        origin="Xã Mẫu Một, Hưng Yên",
        residence="Số 12 Đường Thử Nghiệm, Xã Mẫu Một, Hưng Yên",
        marks="Nốt ruồi cách 1 cm dưới mép trái",
        father="NGUYỄN VĂN MẪU CHA",
        mother="ĐỖ THỊ MẪU MẸ",
        spouse="HOÀNG VĂN MẪU CHỒNG",
        old_id="145000001",
    ),
    "mau-cu": Citizen(
        id_number="033040000002",
        full_name="TRẦN VĂN MẪU CỤ",
        birth_date=date(1940, 1, 15),
        sex="male",
        issue_date=date(2021, 4, 20),
        expiry_date=None,
        origin="Xã Mẫu Hai, Hưng Yên",
        residence="Thôn Thử, Xã Mẫu Hai, Hưng Yên",
        marks="Sẹo chấm cách 2 cm trên đuôi mắt phải",
        father="TRẦN VĂN MẪU ÔNG",
        mother="VŨ THỊ MẪU BÀ",
        spouse="BÙI THỊ MẪU VỢ",
        old_id="145000002",
    ),
    "het-han": Citizen(
        id_number="033085000003",
        full_name="PHẠM VĂN HẾT HẠN",
        birth_date=date(1985, 6, 20),
        sex="male",
        issue_date=date(2024, 1, 15),
        expiry_date=date(2045, 6, 20),
        origin="Xã Mẫu Ba, Hưng Yên",
        residence="Thôn Cũ, Xã Mẫu Ba, Hưng Yên",
        marks="Nốt ruồi cách 3 cm sau cánh mũi phải",
        father="PHẠM VĂN MẪU CHA",
        mother="NGÔ THỊ MẪU MẸ",
        spouse="DƯƠNG THỊ MẪU VỢ",
        old_id="145000003",
    ),
    "vo-danh": Citizen(
        id_number="033192000004",
        full_name="LÊ THỊ VÔ DANH",
        birth_date=date(1992, 11, 3),
        sex="female",
        issue_date=date(2022, 5, 20),
        expiry_date=date(2032, 11, 3),
        origin="Xã Mẫu Bốn, Hưng Yên",
        residence="Thôn Mới, Xã Mẫu Bốn, Hưng Yên",
        marks="Sẹo chấm cách 1 cm trên đầu lông mày trái",
        father="LÊ VĂN MẪU CHA",
        mother="PHAN THỊ MẪU MẸ",
    ),
}
