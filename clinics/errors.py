"""What can go wrong at a clinic's desk, as one tree.

    ClinicError
    ├── SettingsInvalid      a setting is missing, misspelled or impossible
    ├── NotPaired            no gateway, no facility or no client id yet
    ├── KeyUnusable          the desk's key is missing, damaged or open to others
    ├── FolderUnusable       the data directory cannot be made, or is another user's
    ├── PublicKeyUnwritable  the public key cannot be written where it was asked for
    ├── NothingEntered       a command asked and nobody answered
    │   └── SecretNotEntered
    ├── SigningError
    │   ├── SigningKeyMissing    no signing key is configured
    │   ├── SigningKeyUnusable   its file or token cannot be opened, or holds no fitting pair
    │   ├── SecretWrong          the password or PIN is not that of the key
    │   ├── SecretOpen           the file with the secret is readable by others
    │   ├── SigningTimesUnusable when sheets were signed first cannot be read or written
    │   ├── OutputExists         the file to be written is there already
    │   └── OutputUnwritable     it cannot be written where it was asked for
    ├── DeskError
    │   ├── ClerkInvalid     the name or the ID number at sign-in cannot be one
    │   ├── TapRunning       another card is being read at this moment
    │   ├── TooManyPages     the desk is open in too many pages
    │   ├── SessionOver      signed out, or the page is from an earlier start
    │   ├── WrongHost        the page was asked for under a foreign name
    │   └── PortTaken        another program listens where the page should be
    ├── GatewayError
    │   ├── GatewayInsecure  the address is not https and not this machine
    │   ├── GatewayDown      no connection: nothing was sent
    │   ├── GatewaySlow      no whole answer in time: it may have been processed
    │   │   └── ChallengeLate    the gateway's challenge came only after the card had been read
    │   ├── GatewayFailed    an answer 5xx
    │   ├── GatewayBusy      an answer 429
    │   ├── GatewayNonsense  an answer that is not the one agreed
    │   ├── BatchUnknown     no batch of this facility has the id that was typed
    │   ├── DeskRefused      401, or no token for this desk
    │   ├── DeskForbidden    403
    │   └── RecordRefused    any other 4xx, or another facility's: this content will never be taken
    │       └── RecordConflict   409: another content has this key
    └── OutboxError
        ├── OutboxBusy       another process is sending
        ├── OutboxKeyLost    the file that opens the stored items is gone
        ├── OutboxUnwritable the disk is full, or the record too big
        ├── OutboxDamaged    what is stored does not open with the key
        └── ItemUnreadable   one item was changed, or is of another version

Every class has a `code` of `failures/codes.csv` and says whether a retry can
help. A GatewayError carries the gateway's own code where it sent one that we
know. No message holds personal data.
"""


class ClinicError(Exception):
    """The root: whatever leaves this package on purpose."""

    code: str
    retry = False


class SettingsInvalid(ClinicError):
    """A setting is missing, misspelled or impossible; the message names it."""

    code = "setup.settings-invalid"


class NotPaired(ClinicError):
    """This desk has no gateway, no facility or no client id; the message names which."""

    code = "setup.not-paired"


class KeyUnusable(ClinicError):
    """The desk's key is missing, damaged, or readable by other users."""

    code = "setup.key-unusable"


class FolderUnusable(ClinicError):
    """The data directory cannot be made, or cannot be closed to the machine's other users."""

    code = "setup.folder-unusable"


class PublicKeyUnwritable(ClinicError):
    """The file for the insurer cannot be written where it was asked for."""

    code = "setup.public-key-unwritable"


class NothingEntered(ClinicError):
    """A command asked for something, and its input ended or was broken off."""

    code = "desk.nothing-entered"


class SecretNotEntered(NothingEntered):
    """The password or PIN of the signing key was asked for, and nobody answered."""

    code = "signature.nothing-entered"


class SigningError(ClinicError):
    """The facility's key cannot sign."""


class SheetNotSigned(SigningError):
    """A spreadsheet was to be signed: what is signed is the document that an upload makes of it."""

    code = "signature.sheet-file"


class SigningKeyMissing(SigningError):
    """No signing key is configured."""

    code = "signature.key-missing"


class SigningKeyUnusable(SigningError):
    """The key's file or token cannot be opened, or holds no RSA key with its certificate."""

    code = "signature.key-unusable"


class SecretWrong(SigningError):
    """The password or PIN is wrong; the message never holds it."""

    code = "signature.secret-wrong"


class SecretOpen(SigningError):
    """The file with the password or PIN can be read by other users of the machine."""

    code = "signature.secret-open"


class SigningTimesUnusable(SigningError):
    """The times at which sheets were signed first cannot be read or written."""

    code = "signature.times-unusable"


class OutputExists(SigningError):
    """The file that was to be written exists; it is left as it is."""

    code = "signature.output-exists"


class OutputUnwritable(SigningError):
    """The signed file cannot be written where it was asked for."""

    code = "signature.output-unwritable"


class DeskError(ClinicError):
    """The reception page refuses what the browser asks."""


class ClerkInvalid(DeskError):
    """The clerk's name or ID number cannot be one."""

    code = "desk.clerk-invalid"


class TapRunning(DeskError):
    """Another card is being read or asked about; one at a time."""

    code = "desk.tap-running"
    retry = True


class TooManyPages(DeskError):
    """Every stream that this desk may hold open is taken."""

    code = "desk.too-many-pages"
    retry = True


class SessionOver(DeskError):
    """Nobody is signed in, or the page was made for another session."""

    code = "desk.session-over"


class WrongHost(DeskError):
    """The Host or Origin header names something else than this desk: another site's doing."""

    code = "desk.wrong-host"


class PortTaken(DeskError):
    """Another program, or another desk, listens on the page's port."""

    code = "desk.port-taken"


class GatewayError(ClinicError):
    """The gateway gave no useful answer; `code` may be the gateway's own."""

    code = "gateway.failed"

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.retry_after = retry_after


class GatewayInsecure(GatewayError):
    """The address is neither https nor on this machine."""

    code = "gateway.insecure"


class GatewayDown(GatewayError):
    """No connection could be made, so nothing was sent."""

    code = "gateway.down"
    retry = True


class GatewaySlow(GatewayError):
    """The answer did not come whole in time; the request may have been processed."""

    code = "gateway.slow"
    retry = True


class ChallengeLate(GatewaySlow):
    """The gateway's challenge came when the card had already been asked; read again, the card can answer."""


class GatewayFailed(GatewayError):
    """The gateway answered 5xx; `code` may be its own, as `gateway.unavailable`."""

    code = "gateway.failed"
    retry = True


class GatewayBusy(GatewayError):
    """The gateway answered 429; `retry_after` is in seconds where it said so."""

    code = "gateway.busy"
    retry = True


class GatewayNonsense(GatewayError):
    """The answer is not what was agreed: a proxy's page, cut JSON, another resource."""

    code = "gateway.nonsense"
    retry = True


class BatchUnknown(GatewayError):
    """No batch of this facility has this id, or it cannot be one."""

    code = "batch.no-id"


class DeskRefused(GatewayError):
    """The gateway does not know this desk's key, or not any more."""

    code = "gateway.desk-refused"


class DeskForbidden(GatewayError):
    """The gateway knows this desk and does not let it do this."""

    code = "gateway.desk-forbidden"


class RecordRefused(GatewayError):
    """The gateway will never take this content."""

    code = "gateway.record-refused"


class RecordConflict(RecordRefused):
    """Another content is stored under the same key."""

    code = "gateway.record-conflict"


class OutboxError(ClinicError):
    """The durable outbox cannot be used."""

    code = "outbox.damaged"


class OutboxBusy(OutboxError):
    """Another process of this desk is sending; it will send our items too."""

    code = "outbox.busy"
    retry = True


class OutboxKeyLost(OutboxError):
    """Items are stored, but the key file that opens them is gone."""

    code = "outbox.key-lost"


class OutboxUnwritable(OutboxError):
    """The disk is full or read-only, or the record is over the outbox's limit."""

    code = "outbox.unwritable"


class OutboxDamaged(OutboxError):
    """What is stored does not open with the key, or the file is no outbox of ours."""

    code = "outbox.damaged"


class ItemUnreadable(OutboxError):
    """One item cannot be sent: changed on the disk, or written by another version; the others can."""

    code = "outbox.item-unreadable"
