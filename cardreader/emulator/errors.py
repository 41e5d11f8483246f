"""What can go wrong around the emulated card, apart from what its chip answers.

EmulatorError
├── AuthorityUnusable   the folder of the training authority is missing, incomplete or damaged
├── PcscdUnavailable    pcscd with its virtual reader cannot be had on this machine
└── SlotsTaken          every slot of the virtual reader is in use by another program
"""


class EmulatorError(Exception):
    """Something around the emulated card failed."""

    code: str
    retry: bool


class AuthorityUnusable(EmulatorError):
    """The folder holds no training authority that can issue a card."""

    code = "emulator.authority-unusable"
    retry = False


class PcscdUnavailable(EmulatorError):
    """The PC/SC service or its virtual reader cannot be had here."""

    code = "emulator.pcscd-unavailable"
    retry = False


class SlotsTaken(EmulatorError):
    """Every slot asked for is locked by another run."""

    code = "emulator.slots-taken"
    retry = True
