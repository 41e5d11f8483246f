"""The travelling original: the bytes of the hospital's file, kept as they came, once per facility."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.errors import RecordRefused
from gateway.services.access_log import Actor
from gateway.store.bodies import pack, unpack
from gateway.store.database import Caller
from gateway.store.metadata import new_id
from gateway.store.tables_records import Original
from gateway.store.upsert import insert_if_absent

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]{1,60}/[A-Za-z0-9.+_-]{1,100}(; ?charset=[A-Za-z0-9-]{1,20})?")


def content(binary: Mapping[str, Any]) -> bytes:
    """Return the bytes of a FHIR Binary.

    Raises RecordRefused: its data are missing or no base64.
    """
    try:
        return base64.b64decode(binary["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise RecordRefused("record.element-missing", "Binary.data is missing or no base64") from error


def store(session: Session, binary: Mapping[str, Any], *, facility: str, actor: Actor) -> tuple[UUID, bool]:
    """Keep an original and return its id and whether it is new at this facility.

    Raises RecordRefused: as `content`.
    """
    data = content(binary)
    media_type = binary.get("contentType")
    if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
        raise RecordRefused("record.element-missing", "Binary.contentType is missing or no media type")
    digest = hashlib.sha256(data).hexdigest()
    key = new_id(actor.now)
    row = {
        "id": key,
        "facility": facility,
        "sha256": digest,
        "media_type": media_type,
        "size": len(data),
        "received_at": actor.now,
        "client_id": actor.client_id,
        "body": pack(data),
    }
    if insert_if_absent(session, Original, row):
        return key, True
    query = select(Original.id).where(Original.facility == facility, Original.sha256 == digest)
    return session.execute(query).scalar_one(), False


def find(session: Session, key: UUID, caller: Caller) -> tuple[Original, bytes] | None:
    """Return an original's row and bytes, if the caller may see it."""
    query = select(Original).where(Original.id == key)
    if caller.role != "insurer":
        query = query.where(Original.facility == caller.facility)
    row = session.execute(query).scalar_one_or_none()
    return None if row is None else (row, unpack(row.body))
