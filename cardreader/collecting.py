"""Read the wanted files of an opened card: EF.SOD, DG1, and the groups that EF.SOD lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from cardreader.access.files import read_file
from cardreader.access.messaging import SecureChannel
from cardreader.access.opening import Opened
from cardreader.errors import (
    AccessDenied,
    CardEndless,
    CardRefused,
    MalformedData,
    NotAnIdCard,
    SecureMessagingError,
)
from cardreader.lds.datagroups import DATA_GROUPS, SECURITY_OBJECT
from cardreader.lds.security_object import parse_security_object
from cardreader.proof.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Collected:
    """The files, the channel over which the card can be asked more, and the groups that it did not give.

    Those are in `left_out`, each with its error's code.
    """

    channel: SecureChannel
    evidence: Evidence
    left_out: dict[int, str]


def collect(opened: Opened, wanted: Sequence[int]) -> Collected:
    """Return what the card gives of EF.SOD, DG1 and the wanted groups.

    DG1 is always read, other groups only when EF.SOD lists them; one of these that the card does
    not give, or not in a form and size that can be, is left out. A session that may have ended over
    the length of a command is opened anew once, and then read with short commands that never ask
    for more than there is.

    Raises CardRefused: EF.SOD or DG1 cannot be had. MalformedData, OversizedData: nor in a form and size
    that can be. CardEndless, SecureMessagingError, CardLifted.
    """
    try:
        return _files(opened, opened.channel, wanted, cautious=False)
    except (CardRefused, SecureMessagingError) as failure:
        if not opened.channel.unsure:
            raise
        try:
            channel = opened.door.again()
        except (AccessDenied, CardRefused, MalformedData, NotAnIdCard, SecureMessagingError):
            raise failure from None  # what went wrong at first is the trouble
    return _files(opened, channel, wanted, cautious=True)


def lists(evidence: Evidence, group: int) -> bool:
    """Say whether EF.SOD can be read and names this data group."""
    return group in _listed(evidence.security_object)


def _files(opened: Opened, channel: SecureChannel, wanted: Sequence[int], *, cautious: bool) -> Collected:
    security_object = read_file(channel, SECURITY_OBJECT, cautious=cautious)
    groups = {1: read_file(channel, DATA_GROUPS[1], cautious=cautious)}
    listed, left_out = _listed(security_object), dict[int, str]()
    for number in wanted:
        if number in groups or number not in listed:
            continue
        try:
            groups[number] = read_file(channel, DATA_GROUPS[number], cautious=cautious)
        except CardEndless:
            raise
        except (CardRefused, MalformedData) as failure:
            if isinstance(failure, CardRefused) and channel.unsure and not cautious:
                raise
            left_out[number] = failure.code
    evidence = Evidence(
        security_object, groups, card_access=opened.card_access, card_security=opened.card_security
    )
    return Collected(channel, evidence, left_out)


def _listed(security_object: bytes) -> frozenset[int]:
    try:
        return frozenset(parse_security_object(security_object).group_hashes)
    except MalformedData:
        return frozenset()
