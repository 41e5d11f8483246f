"""Writes the authority's certificates, in the profile of ICAO Doc 9303-12 §7 and RFC 5280."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha1

from asn1crypto import keys, x509

from cardreader.emulator.signing import SigningKey, signature_algorithm

# Readers and the gateway look for this organizational unit; see cardreader.proof.
TRAINING_MARKER = "TIEPDON TRAINING"
_SERIAL_BYTES = 16


def certificate(
    common_name: str,
    key: SigningKey,
    *,
    now: datetime,
    years: int,
    issuer: bytes | None,
    signed_by: SigningKey,
) -> bytes:
    """Return the DER certificate for `key`, valid from the day before `now`.

    Without an `issuer`'s certificate it is a country signing CA's own.
    """
    subject = _name(common_name)
    public = keys.PublicKeyInfo.load(key.public_key_info())
    algorithm = signature_algorithm(signed_by.choice)
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(secrets.token_bytes(_SERIAL_BYTES)) >> 1 | 1,
            "signature": algorithm,
            "issuer": subject if issuer is None else x509.Certificate.load(issuer).subject,
            "validity": {
                "not_before": x509.Time({"utc_time": now - timedelta(days=1)}),
                "not_after": x509.Time({"utc_time": now + timedelta(days=365 * years)}),
            },
            "subject": subject,
            "subject_public_key_info": public,
            "extensions": _extensions(key, signed_by, authority=issuer is None),
        }
    )
    signed = {
        "tbs_certificate": body,
        "signature_algorithm": algorithm,
        "signature_value": signed_by.sign(body.dump()),
    }
    return bytes(x509.Certificate(signed).dump())


def _name(common_name: str) -> x509.Name:
    return x509.Name.build(
        {
            "country_name": "VN",
            "organization_name": "Tiep Don",
            "organizational_unit_name": TRAINING_MARKER,
            "common_name": common_name,
        }
    )


def _extensions(key: SigningKey, signed_by: SigningKey, *, authority: bool) -> list[dict[str, object]]:
    usage = {"key_cert_sign", "crl_sign"} if authority else {"digital_signature"}
    extensions: list[dict[str, object]] = [
        {
            "extn_id": "authority_key_identifier",
            "extn_value": x509.AuthorityKeyIdentifier({"key_identifier": key_identifier(signed_by)}),
        },
        {"extn_id": "key_identifier", "extn_value": key_identifier(key)},
        {"extn_id": "key_usage", "critical": True, "extn_value": x509.KeyUsage(usage)},
    ]
    if authority:
        constraints = x509.BasicConstraints({"ca": True, "path_len_constraint": 0})
        extensions.append({"extn_id": "basic_constraints", "critical": True, "extn_value": constraints})
    return extensions


def key_identifier(key: SigningKey) -> bytes:
    """Return the key's identifier: the SHA-1 of its bits, RFC 5280 §4.2.1.2 (1)."""
    public = keys.PublicKeyInfo.load(key.public_key_info())
    bits: bytes = public["public_key"].contents[1:]
    return sha1(bits, usedforsecurity=False).digest()
