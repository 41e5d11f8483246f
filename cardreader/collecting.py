"""Read the wanted files of an opened card: EF.SOD, DG1, and the groups that EF.SOD lists."""

from collections.abc import Sequence

from cardreader.access.files import read_file
from cardreader.access.messaging import SecureChannel
from cardreader.access.opening import Opened
from cardreader.errors import AccessDenied, CardRefused, MalformedData, NotAnIdCard, SecureMessagingError
from cardreader.lds.datagroups import DATA_GROUPS, SECURITY_OBJECT
from cardreader.lds.security_object import parse_security_object
from cardreader.proof.evidence import Evidence


def collect(opened: Opened, wanted: Sequence[int]) -> tuple[SecureChannel, Evidence]:
    """Return the files, and the channel over which the card can be asked more.

    DG1 is always read, other groups only when EF.SOD lists them; one of these that the card does
    not give is left out. A session that may have ended over the length of a command is opened
    anew once, and then read with short commands that never ask for more than there is.

    Raises CardRefused: EF.SOD or DG1 cannot be had. OversizedData, SecureMessagingError, CardLifted.
    """
    try:
        return opened.channel, _files(opened, opened.channel, wanted, cautious=False)
    except (CardRefused, SecureMessagingError) as failure:
        if not opened.channel.unsure:
            raise
        try:
            channel = opened.door.again()
        except (AccessDenied, CardRefused, MalformedData, NotAnIdCard, SecureMessagingError):
            raise failure from None  # what went wrong at first is the trouble
    return channel, _files(opened, channel, wanted, cautious=True)


def lists(evidence: Evidence, group: int) -> bool:
    """Say whether EF.SOD can be read and names this data group."""
    return group in _listed(evidence.security_object)


def _files(opened: Opened, channel: SecureChannel, wanted: Sequence[int], *, cautious: bool) -> Evidence:
    security_object = read_file(channel, SECURITY_OBJECT, cautious=cautious)
    groups = {1: read_file(channel, DATA_GROUPS[1], cautious=cautious)}
    listed = _listed(security_object)
    for number in wanted:
        if number in groups or number not in listed:
            continue
        try:
            groups[number] = read_file(channel, DATA_GROUPS[number], cautious=cautious)
        except CardRefused:
            if channel.unsure and not cautious:
                raise
    return Evidence(
        security_object, groups, card_access=opened.card_access, card_security=opened.card_security
    )


def _listed(security_object: bytes) -> frozenset[int]:
    try:
        return frozenset(parse_security_object(security_object).group_hashes)
    except MalformedData:
        return frozenset()
