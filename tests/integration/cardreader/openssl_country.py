"""A country's certificates, lists and security objects, made by the openssl program alone."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cardreader.lds.tlv import write_tlv

EC = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"]
RSA = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]
EXTENSIONS = """
[authority]
basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[link]
basicConstraints=critical,CA:TRUE,pathlen:0
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[document]
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[list]
keyUsage=critical,digitalSignature
extendedKeyUsage=critical,2.23.136.1.1.3
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[ca]
default_ca=revoking
[revoking]
database=index.txt
crlnumber=crlnumber
default_md=sha256
crl_extensions=crl
[crl]
authorityKeyIdentifier=keyid
"""


@dataclass(frozen=True)
class Country:
    """A directory where openssl works; `signing` are its options for every certificate's signature."""

    directory: Path
    key: tuple[str, ...] = tuple(EC)
    signing: tuple[str, ...] = ()
    digest: str = "sha256"

    def openssl(self, *arguments: str) -> bytes:
        done = subprocess.run(["openssl", *arguments], cwd=self.directory, check=True, capture_output=True)
        return done.stdout

    def authority(self, name: str, subject: str | None = None) -> bytes:
        """Make a key and its self-signed certificate; return that in DER."""
        (self.directory / "openssl.cnf").write_text(EXTENSIONS)
        self.openssl("genpkey", *self.key, "-out", f"{name}.key")
        self.openssl(
            *f"req -x509 -new -days 30 -key {name}.key -out {name}.pem -{self.digest} -subj".split(),
            *(subject or f"/C=VN/O=Test/CN={name}", *self.signing),
            *("-config", self._requesting(), "-extensions", "authority"),
        )
        return self.der(f"{name}.pem")

    def certificate(
        self, name: str, *, by: str, kind: str, key: str | None = None, subject: str = ""
    ) -> bytes:
        """Make a certificate for a new key, or the key of that name, and return it in DER."""
        if key is None:
            self.openssl("genpkey", *self.key, "-out", f"{name}.key")
        self.openssl(
            *f"req -new -key {key or name}.key -out {name}.csr -subj".split(),
            *(subject or f"/C=VN/O=Test/CN={name}", "-config", self._requesting()),
        )
        self.openssl(
            *f"x509 -req -days 20 -in {name}.csr -CA {by}.pem -CAkey {by}.key -out {name}.pem".split(),
            *("-CAcreateserial", f"-{self.digest}", "-extfile", "openssl.cnf", "-extensions", kind),
            *self.signing,
        )
        return self.der(f"{name}.pem")

    def revocation_list(self, by: str, *revoked: str) -> bytes:
        """Return a list in DER that names these certificates."""
        lines = []
        for name in revoked:
            serial = self.openssl("x509", "-in", f"{name}.pem", "-noout", "-serial").decode().strip()
            lines.append(
                f"R\t991231235959Z\t260101000000Z\t{serial.partition('=')[2]}\tunknown\t/CN={name}\n"
            )
        (self.directory / "index.txt").write_text("".join(lines))
        if not (self.directory / "crlnumber").exists():  # openssl counts on from here
            (self.directory / "crlnumber").write_text("01\n")
        self.openssl(
            *f"ca -gencrl -config openssl.cnf -cert {by}.pem -keyfile {by}.key -crldays 9 -out l.pem".split(),
            *("-md", self.digest, *self.signing),
        )
        return self.openssl("crl", "-in", "l.pem", "-outform", "DER")

    def signed(self, content: bytes, content_type: str, *, by: str, beside: str | None = None) -> bytes:
        """Return a CMS message in DER over this content."""
        (self.directory / "content").write_bytes(content)
        padding = ["-keyopt", "rsa_padding_mode:pss"] if self.signing else []
        return self.openssl(
            *"cms -sign -binary -nodetach -nosmimecap -in content -outform DER".split(),
            *f"-signer {by}.pem -inkey {by}.key -md {self.digest} -econtent_type {content_type}".split(),
            *(["-certfile", f"{beside}.pem"] if beside else []),
            *padding,
        )

    def master_list(self, *listed: bytes, by: str, beside: str | None = None) -> bytes:
        """Return a master list of these certificates (Doc 9303-12 §8.1)."""
        members = write_tlv(0x31, b"".join(sorted(listed)))
        return self.signed(write_tlv(0x30, b"\x02\x01\x00" + members), "2.23.136.1.1.2", by=by, beside=beside)

    def security_object(self, listing: bytes, *, by: str) -> bytes:
        """Return EF.SOD over an LDS security object."""
        return write_tlv(0x77, self.signed(listing, "2.23.136.1.1.1", by=by))

    def der(self, file: str) -> bytes:
        return self.openssl("x509", "-in", file, "-outform", "DER")

    def fingerprint(self, name: str) -> str:
        """Return the SHA-256 fingerprint as openssl writes it, with colons."""
        shown = self.openssl("x509", "-in", f"{name}.pem", "-noout", "-fingerprint", "-sha256").decode()
        return shown.strip().partition("=")[2]

    def _requesting(self) -> str:
        text = "[req]\ndistinguished_name=name\n[name]\n" + EXTENSIONS
        (self.directory / "request.cnf").write_text(text)
        return "request.cnf"


def soon() -> datetime:
    """Return a time at which certificates made this second are valid."""
    return datetime.now(UTC) + timedelta(minutes=1)


def fingerprint(der: bytes) -> str:
    return sha256(der).hexdigest()
