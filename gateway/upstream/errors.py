"""What can go wrong with the portal, told apart by what may be done next.

PortalError                     code
├── PortalAway                  nothing was sent: sending again is safe           portal.away
├── PortalPaced                 nothing was sent: not this account's turn yet      portal.paced
├── PortalSilent                it was sent, and no answer tells what became of it portal.silent
├── PortalBusy                  the portal says that it failed; again later is safe portal.failed
├── PortalRefused               the portal refuses this message                    portal.refused
├── PortalLocked                the account: wrong, locked or limited; all stops   portal.locked
└── PortalNonsense              an answer that is none                             portal.nonsense

`result` is the portal's own code (maKetQua) where it gave one. No message carries personal data.
"""

from gateway.errors import GatewayError


class PortalError(GatewayError):
    """A call to the portal did not end well."""

    status = 502
    reason = "portal.failed"

    def __init__(self, detail: str, *, result: str | None = None) -> None:
        super().__init__(self.reason, detail)
        self.result = result


class PortalAway(PortalError):
    """No connection was made, so that nothing was sent."""

    reason = "portal.away"


class PortalPaced(PortalError):
    """The account has been used as often as it may be for now, so that nothing was sent."""

    reason = "portal.paced"


class PortalSilent(PortalError):
    """The message went out and no usable answer came back."""

    reason = "portal.silent"


class PortalBusy(PortalError):
    """The portal says that it failed itself."""

    reason = "portal.failed"


class PortalRefused(PortalError):
    """The portal refuses what was sent; sending it again changes nothing."""

    reason = "portal.refused"


class PortalLocked(PortalError):
    """The account is unknown, locked, limited, or its password is wrong: every call must stop."""

    reason = "portal.locked"


class PortalNonsense(PortalError):
    """The answer is not one of the portal's."""

    reason = "portal.nonsense"
