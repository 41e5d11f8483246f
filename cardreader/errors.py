"""What can go wrong between a reader, a card and us, one class per case that needs its own remedy.

    CardError
    ├── ReaderError                  before there is a card to talk to
    │   ├── ReaderUnavailable        reader.service-away
    │   ├── NoReader                 reader.none
    │   ├── SeveralReaders           reader.several
    │   ├── ReaderBusy               reader.busy
    │   └── NoCard                   reader.no-card
    ├── InputUnusable                what was typed or scanned cannot open a card
    │   ├── NumberInvalid            card.number-invalid
    │   ├── MrzInvalid               card.mrz-invalid
    │   └── QrInvalid                card.qr-invalid
    ├── CardLifted                   card.lifted
    ├── CardRefused                  card.refused
    ├── NotAnIdCard                  card.not-an-id-card
    ├── KeyMissing                   card.key-missing
    ├── AccessDenied                 card.access-denied
    ├── SecureMessagingError         card.protection-broken
    │   └── AnswerCut                likewise
    ├── MalformedData                card.malformed
    │   └── OversizedData            card.oversized
    │       └── CardEndless
    ├── FaceError                    the card is fine, its face image cannot be had
    │   ├── FaceAbsent               card.face-absent
    │   ├── FaceUnsupported          card.face-unsupported
    │   └── FaceUndecodable          card.face-undecodable
    ├── EvidenceUnreadable           evidence.unreadable
    ├── TrustUnreadable              proof.trust-unreadable
    │   └── OfferUnreadable          trust.file-unreadable
    ├── TrustUnwritable              trust.unwritable
    ├── TrustRefused                 what a file offered to the trust list lacks, e.g. trust.link-astray
    ├── ChipKeyRefused               proof.chip-key-refused
    └── NotGenuine                   the code of the failed check, e.g. proof.group-changed

Whether a card is genuine is an answer and no error (`cardreader.proof.reasons`),
unless its data are so wrong that there is nothing to answer with.
No message holds personal data; the words for people are in `failures/codes.csv`.
"""


class CardError(Exception):
    """Root of the tree; only its subclasses are raised."""

    code: str
    retry: bool = False


class ReaderError(CardError):
    """The reader or its service is at fault, not the card."""


class ReaderUnavailable(ReaderError):
    """The PC/SC service does not run or cannot be reached."""

    code = "reader.service-away"
    retry = True


class NoReader(ReaderError):
    """No reader is attached, or none with the wanted name."""

    code = "reader.none"
    retry = True


class SeveralReaders(ReaderError):
    """Cards lie on more than one reader that could be meant; the names are in `readers`."""

    code = "reader.several"

    def __init__(self, readers: list[str]) -> None:
        super().__init__("cards lie on several readers that could be meant: " + ", ".join(readers))
        self.readers = readers


class ReaderBusy(ReaderError):
    """Another program holds the card."""

    code = "reader.busy"
    retry = True


class NoCard(ReaderError):
    """No card was laid on the reader in time."""

    code = "reader.no-card"
    retry = True


class InputUnusable(CardError):
    """The key given by a person has the wrong form; the card was not asked."""


class NumberInvalid(InputUnusable):
    """Not a 12-digit ID number, or not a six-digit card access number."""

    code = "card.number-invalid"


class MrzInvalid(InputUnusable):
    """The typed machine-readable zone has a wrong length, character or check digit."""

    code = "card.mrz-invalid"


class QrInvalid(InputUnusable):
    """The scanned text is not the QR code of a chip ID card."""

    code = "card.qr-invalid"


class CardLifted(CardError):
    """The card left the reader's field during the reading."""

    code = "card.lifted"
    retry = True


class CardRefused(CardError):
    """The card answered with status word `sw` (two bytes, e.g. 0x6982)."""

    code = "card.refused"
    retry = True

    def __init__(self, sw: int) -> None:
        super().__init__(f"card refused the command, SW={sw:04X}")
        self.sw = sw


class NotAnIdCard(CardError):
    """The card has no application for travel and identity documents."""

    code = "card.not-an-id-card"


class KeyMissing(CardError):
    """The card opens only with a key that was not given (BAC needs the MRZ or the QR code)."""

    code = "card.key-missing"


class AccessDenied(CardError):
    """The card did not accept the number, MRZ or QR data it was offered."""

    code = "card.access-denied"


class SecureMessagingError(CardError):
    """A protected answer was missing, altered or out of order; the session is over."""

    code = "card.protection-broken"
    retry = True


class AnswerCut(SecureMessagingError):
    """A protected answer ends before its parts do: it was longer than card or reader can carry."""


class MalformedData(CardError):
    """The data at hand do not have the structure that the standard asks for."""

    code = "card.malformed"
    retry = True


class OversizedData(MalformedData):
    """The data claim or need more than a named limit allows."""

    code = "card.oversized"
    retry = False


class CardEndless(OversizedData):
    """One reading would take more commands than are allowed; the same to people as OversizedData."""


class FaceError(CardError):
    """The face image cannot be had; the reading it belongs to stands."""


class FaceAbsent(FaceError):
    """The card has no DG2 or does not hand it out."""

    code = "card.face-absent"


class FaceUnsupported(FaceError):
    """The face is stored in a form that is not read here, ISO/IEC 39794-5 for one."""

    code = "card.face-unsupported"


class FaceUndecodable(FaceError):
    """The face image is broken, or decoding it needs more than is allowed."""

    code = "card.face-undecodable"


class EvidenceUnreadable(CardError):
    """The file given as a chip's evidence is none."""

    code = "evidence.unreadable"


class TrustUnreadable(CardError):
    """The directory of pinned certificates is missing or holds a `file`, by name, that is not one."""

    code = "proof.trust-unreadable"

    def __init__(self, message: str, *, file: str | None = None) -> None:
        super().__init__(message)
        self.file = file


class OfferUnreadable(TrustUnreadable):
    """A `file` that a person offers to the trust list is none that belongs there."""

    code = "trust.file-unreadable"


class TrustUnwritable(CardError):
    """The directory of pinned certificates cannot be made or written to."""

    code = "trust.unwritable"


class TrustRefused(CardError):
    """A file was not taken into the trust list, and nothing that was offered with it; `code` says why."""

    def __init__(self, code: str, file: str) -> None:
        super().__init__(f"{file} was not taken into the trust list: {code}")
        self.code = code
        self.file = file


class ChipKeyRefused(CardError):
    """The card lists no key for chip authentication, or none of a kind and size accepted here."""

    code = "proof.chip-key-refused"


class NotGenuine(CardError):
    """The data fail a check and cannot be read either; `code` is the failed check's reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the card's data are not genuine: {reason}")
        self.code = reason
