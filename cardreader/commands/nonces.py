"""A nonce on the command line: what the chip has to sign, in hexadecimal."""

import click

from cardreader.proof.active import NONCE_BYTES


def parse_nonce(_context: click.Context, _parameter: click.Parameter, text: str | None) -> bytes | None:
    """Return the nonce that an option holds, None when it was not given.

    Raises BadParameter: it is not NONCE_BYTES in hexadecimal.
    """
    if text is None:
        return None
    try:
        nonce = bytes.fromhex(text)
    except ValueError as error:
        raise click.BadParameter("không phải số thập lục phân / not hexadecimal") from error
    if len(nonce) != NONCE_BYTES:
        raise click.BadParameter(f"{NONCE_BYTES} bytes are {2 * NONCE_BYTES} hexadecimal digits")
    return nonce
