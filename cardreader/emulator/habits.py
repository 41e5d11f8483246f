"""How one card differs from the next: what the chip can do and how it behaves."""

from dataclasses import dataclass
from typing import Literal

from cardreader.emulator.offers import ActiveOffer, ChipOffer, Digest, EcdsaOffer, PaceOffer
from cardreader.emulator.signing import SigningChoice

_USUAL_PACE = (PaceOffer(),)
_USUAL_ACTIVE = EcdsaOffer()
_USUAL_CHIP = ChipOffer()
_USUAL_SIGNER = SigningChoice()


@dataclass(frozen=True, slots=True)
class Habits:
    """A chip's habits; the default is a card as the public sources describe the CCCD.

    On the wire:
    extended_length: commands longer than 255 bytes and answers longer than 256 are understood.
    extended_in_session: so they are under secure messaging; or they are refused there with 6700, or
        with 6700 in the clear, which ends the session.
    longest_answer: READ BINARY returns at most so many bytes, however many were asked for.
    warns_at_end: an answer shorter than asked for ends in 6282 instead of 9000.
    exact_length_only: READ BINARY for more than there is gets no data but 6Cxx.
    answer_piece: no answer has more bytes; the rest is fetched by GET RESPONSE after 61xx.
    answer_withheld: then the first answer has no data at all.
    short_identifiers: READ BINARY takes them; otherwise a file must be selected first.
    select_mf: SELECT of the master file succeeds; otherwise it answers 6D00, as seen on real cards.
    select_informs: SELECT of the application is known only in the form that asks for file information;
        the other answers 6A86.
    lifted_after: the card leaves the field after so many commands.

    Ways in:
    pace, bac: the ways in that the chip offers.
    pace_offers: how it runs PACE.

    What proves the chip:
    has_chip_keys: DG14 and DG15, with the keys that prove the chip itself, are on the chip.
    has_dg14: DG14 is; without it there is no chip authentication either.
    active: how it does active authentication; without, there is no DG15.
    chip: how it does chip authentication; without, DG14 holds no key.
    dg14_repeats: DG14 repeats what EF.CardAccess says of PACE, as it must.

    What is written and signed:
    has_dg13: the national data group is on the chip.
    unreadable: data groups that the security object lists and the chip hands to nobody.
    parents_together: DG13 holds both parents in one sequence instead of one sequence each.
    portrait: the format of DG2's image.
    unlisted: data groups that the security object does not list.
    lds_version_in_sod: the security object is version 1 and repeats the LDS version.
    signer: how the document signer signs.
    group_digest: the hash of the data groups, where it is not the signature's.
    signer_by_key_id: the security object names its signer by the key's identifier.
    """

    extended_length: bool = True
    extended_in_session: Literal["understood", "refused", "ends it"] = "understood"
    longest_answer: int | None = None
    warns_at_end: bool = False
    exact_length_only: bool = False
    answer_piece: int | None = None
    answer_withheld: bool = False
    short_identifiers: bool = True
    select_mf: bool = False
    select_informs: bool = False
    lifted_after: int | None = None
    pace: bool = True
    bac: bool = True
    pace_offers: tuple[PaceOffer, ...] = _USUAL_PACE
    has_chip_keys: bool = True
    has_dg14: bool = True
    active: ActiveOffer | None = _USUAL_ACTIVE
    chip: ChipOffer | None = _USUAL_CHIP
    dg14_repeats: bool = True
    has_dg13: bool = True
    unreadable: tuple[int, ...] = ()
    parents_together: bool = False
    portrait: Literal["JPEG", "JPEG2000"] = "JPEG2000"
    unlisted: tuple[int, ...] = ()
    lds_version_in_sod: bool = True
    signer: SigningChoice = _USUAL_SIGNER
    group_digest: Digest | None = None
    signer_by_key_id: bool = False
