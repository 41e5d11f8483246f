"""What the `openssl` command says of the emulator's signatures: code that nobody here wrote."""

import subprocess
from pathlib import Path

from cardreader.emulator.files import EF_SOD
from cardreader.emulator.issuer import IssuedCard, TrainingAuthority


def verified_by_openssl(
    card: IssuedCard, authority: TrainingAuthority, folder: Path, *more: str
) -> bytes | None:
    """Return what `openssl cms -verify` found signed, None where it refused."""
    anchor, message = folder / "anchor.pem", folder / "sod.der"
    authority.save(folder)
    anchor.write_bytes((folder / "authority" / "csca.pem").read_bytes())
    message.write_bytes(card.files[EF_SOD][4:])
    command = ["openssl", "cms", "-verify", "-inform", "DER", "-in", message, "-CAfile", anchor]
    # 1795305600 is 2026-11-22, the day of these tests' authority.
    options = ["-purpose", "any", "-binary", "-attime", "1795305600", *more]
    done = subprocess.run([*command, *options], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def verified_signature(
    public_key: bytes, signature: bytes, message: bytes, digest: str, folder: Path
) -> bool:
    """Return whether the `openssl` command verifies the DER signature over the message."""
    for name, content in (("key.der", public_key), ("signature", signature), ("message", message)):
        (folder / name).write_bytes(content)
    key = ["-verify", folder / "key.der", "-keyform", "DER", "-signature", folder / "signature"]
    command = ["openssl", "dgst", f"-{digest}", *key, folder / "message"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
