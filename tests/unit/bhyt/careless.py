"""The sample envelope as careless programs write it, and what is read of it."""

import io
import re
from base64 import b64decode, b64encode
from collections.abc import Callable

from bhyt.national import (
    NationalFile,
    ReadRecord,
    open_file,
)
from bhyt.records.content import content_hash
from tests.unit.bhyt.samples import (
    envelope,
    inner_files,
)

FILES = inner_files()
PLAIN = envelope(FILES)
CONTENT = re.compile(rb"<NOIDUNGFILE>([^<]*)</NOIDUNGFILE>")


def opened(data: bytes) -> NationalFile:
    return open_file(io.BytesIO(data))


def claim_of(data: bytes) -> ReadRecord:
    return next(opened(data).records())


def unusual(data: bytes) -> set[tuple[str, str]]:
    """The findings of the first claim that the sample itself does not have."""
    usual = {problem.code for problem in claim_of(PLAIN).findings}
    return {(p.code, p.where) for p in claim_of(data).findings if p.code not in usual}


def hashes(data: bytes) -> list[str]:
    return [content_hash(one.record) for one in opened(data).records() if one.record]


def encoded(change: Callable[[bytes], bytes], data: bytes = PLAIN) -> bytes:
    """The envelope with every NOIDUNGFILE's text changed."""
    return CONTENT.sub(lambda found: b"<NOIDUNGFILE>%s</NOIDUNGFILE>" % change(found[1]), data)


def inside(change: Callable[[str], str | bytes], table: str | None = None) -> bytes:
    """The envelope with what the inner files hold changed, all of them or one."""

    def one(text: bytes) -> bytes:
        decoded = b64decode(text).decode()
        if table is not None and FILES[table] != decoded:
            return text
        made = change(decoded)
        return b64encode(made if isinstance(made, bytes) else made.encode())

    return encoded(one)


def lowered(data: bytes) -> bytes:
    return re.sub(rb"</?[A-Z]\w*", lambda found: found[0].lower(), data)


def prefixed(data: bytes) -> bytes:
    named = re.sub(rb"<(/?)([A-Z]\w*)", rb"<\1g:\2", data)
    return re.sub(rb"<g:(\w+)", rb'<g:\1 xmlns:g="urn:g"', named, count=1)


def in_namespace(data: bytes) -> bytes:
    return re.sub(rb"<([A-Z]\w+)", rb'<\1 xmlns="http://tempuri.org/"', data, count=1)
