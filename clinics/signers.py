"""Whose signature the files of this place carry: the table of signers, and the facility's own certificate."""

from dataclasses import replace

from cryptography.hazmat.primitives.hashes import SHA256

from bhyt.national.signature_signers import Signer, Signers
from bhyt.national.signature_table import read_signers
from clinics.errors import SigningError
from clinics.settings import ClinicSettings
from clinics.signing import certificate_shown, configured


def known_signers(settings: ClinicSettings) -> Signers:
    """Return what the table and the folder say, and the facility's own certificate where it can be seen.

    A token that is not plugged in vouches for nothing: its signatures are then an unknown signer's.
    Raises SignersUnreadable: the table or a certificate beside it.
    """
    signers = read_signers(settings.signers_file, settings.signers_dir)
    if not settings.facility or not configured(settings):
        return signers
    try:
        certificate = certificate_shown(settings)
    except SigningError:
        return signers
    if certificate is None:
        return signers
    own = Signer(settings.facility, fingerprint=certificate.fingerprint(SHA256()))
    return replace(signers, known=(own, *signers.known))
