"""How one card differs from the next: what the chip can do and how it behaves."""

from dataclasses import dataclass

from cardreader.emulator.offers import ActiveOffer, ChipOffer, EcdsaOffer, PaceOffer
from cardreader.emulator.signing import SigningChoice

_USUAL_PACE = (PaceOffer(),)
_USUAL_ACTIVE = EcdsaOffer()
_USUAL_CHIP = ChipOffer()
_USUAL_SIGNER = SigningChoice()


@dataclass(frozen=True, slots=True)
class Habits:
    """A chip's habits; the default is a card as the public sources describe the CCCD.

    extended_length: commands longer than 255 bytes and answers longer than 256 are understood.
    select_mf: SELECT of the master file succeeds; otherwise it answers 6D00, as seen on real cards.
    pace, bac: the ways in that the chip offers.
    pace_offers: how it runs PACE.
    has_dg13: the national data group is on the chip.
    has_chip_keys: DG14 and DG15, with the keys that prove the chip itself, are on the chip.
    active: how it does active authentication; without, there is no DG15.
    chip: how it does chip authentication; without, DG14 holds no key.
    parents_together: DG13 holds both parents in one sequence instead of one sequence each.
    lds_version_in_sod: the security object is version 1 and repeats the LDS version.
    signer: how the document signer signs.
    group_digest: the hash of the data groups, where it is not the signature's.
    signer_by_key_id: the security object names its signer by the key's identifier.
    longest_answer: READ BINARY returns at most so many bytes, however many were asked for.
    warns_at_end: an answer shorter than asked for ends in 6282 instead of 9000.
    lifted_after: the card leaves the field after so many commands.
    """

    extended_length: bool = True
    select_mf: bool = False
    pace: bool = True
    bac: bool = True
    pace_offers: tuple[PaceOffer, ...] = _USUAL_PACE
    has_dg13: bool = True
    has_chip_keys: bool = True
    active: ActiveOffer | None = _USUAL_ACTIVE
    chip: ChipOffer | None = _USUAL_CHIP
    parents_together: bool = False
    lds_version_in_sod: bool = True
    signer: SigningChoice = _USUAL_SIGNER
    group_digest: str | None = None
    signer_by_key_id: bool = False
    longest_answer: int | None = None
    warns_at_end: bool = False
    lifted_after: int | None = None
