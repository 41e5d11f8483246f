"""The double's doors for files: check-ins and claims by headers, documents with all in the body.

"200" means received and nothing more: what a claim says is judged later, on the portal's pages. Of a
document its base64, its outermost element and the profile of its signature are looked at (vss_api 5, 7).
"""

import hashlib
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from flask import Response, jsonify, request
from lxml import etree

from gateway.upstream.double.entrance import Entrance
from gateway.upstream.double.world import KnownAccount, World

VIETNAM = timezone(timedelta(hours=7))
MAX_DOCUMENT_BYTES = 5_000_000
ELECTRONIC = {"60": "HSDLGBT", "61": "HSDLGCS"}
"""loaiHs of guiGiayToDienTu, with the outermost element of each."""
LEAVE = {"39": "HSCHUNGTU"}
"""loaiHs of GuiHoSoChungTu2025."""
_SIGNED = "{http://www.w3.org/2000/09/xmldsig#}"


class Filing:
    """The doors that take files."""

    def __init__(self, world: World, entrance: Entrance, *, now: Callable[[], datetime]) -> None:
        self._world = world
        self._entrance = entrance
        self._now = now

    def check_in(self) -> Response:
        """Take a check-in file."""
        return self._file("check-in", "0")

    def claim(self) -> Response:
        """Take a claim."""
        return self._file("claim", "130")

    def electronic_document(self) -> Response:
        """Take a death notice or a birth certificate."""
        return self._document(ELECTRONIC)

    def leave_document(self) -> Response:
        """Take the documents of a leave."""
        return self._document(LEAVE)

    def _file(self, door: str, kind: str) -> Response:
        form, account = request.form, self._entrance.by_headers()
        if account is None or form.get("username") != account.username:
            return jsonify({"maKetQua": "401", "thongDiep": "Unauthenticated"})
        place = (form.get("maTinh"), form.get("maCSKCB"), form.get("loaiHoSo"))
        if self._entrance.is_locked(account) or place != (account.facility[:2], account.facility, kind):
            return jsonify({"maKetQua": "403", "thongDiep": "Unauthorized"})
        content = _decoded(form.get("fileHSBase64", ""))
        code = account.results.get(door) or _unreadable(content)
        if code or content is None:
            return jsonify({"maKetQua": code, "thongDiep": account.notes.get(door)})
        number, at = self._take(account, kind, content)
        told = {"maGiaoDich": number, "thoiGianTiepNhan": at, "thongDiep": "Đã tiếp nhận"}
        return jsonify({"maKetQua": "200", **told})

    def _document(self, roots: dict[str, str]) -> Response:
        form, account = request.form, self._entrance.by_body()
        if account is None or self._entrance.is_locked(account) or form.get("maCskcb") != account.facility:
            return _receipt("401")
        content = _decoded(form.get("fileBase64Str", ""))
        kind = form.get("loaiHs", "")
        code = account.results.get("document") or _document_fault(content, roots.get(kind))
        if code or content is None:
            return _receipt(code)
        return _receipt("200", *self._take(account, kind, content))

    def _take(self, account: KnownAccount, kind: str, content: bytes) -> tuple[str, str]:
        at = self._now().astimezone(VIETNAM).strftime("%Y%m%d%H%M%S")
        digest = hashlib.sha256(content).hexdigest()
        with self._world.lock:
            number = f"HL{account.facility}{len(self._world.received) + 1:08d}"
            taken = {"transaction": number, "kind": kind, "facility": account.facility, "sha256": digest}
            self._world.received.append(taken)
        return number, at


def _receipt(code: str | None, number: str | None = None, at: str | None = None) -> Response:
    return jsonify({"MaKetQua": code, "MaGD": number, "ThoiGianTiepNhan": at})


def _unreadable(content: bytes | None) -> str | None:
    """Return the code of a file that is none: the 4210 generation's, for no guide has newer ones."""
    if content is None:
        return "201"
    return None if content else "204"


def _document_fault(content: bytes | None, root: str | None) -> str | None:
    """Return what is wrong with a document: its base64 or kind (205), its size, its signature (125)."""
    if not content or root is None:
        return "205"
    if len(content) > MAX_DOCUMENT_BYTES:
        return "1001"
    try:
        document = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return "205"
    if etree.QName(document).localname != root:
        return "205"
    return None if _is_profile_right(document) else "125"


def _is_profile_right(document: etree._Element) -> bool:
    """Say whether a signature names each part that it signs, without transforms; none is not wrong."""
    if document.find(f".//{_SIGNED}Signature") is None:
        return True
    references = document.findall(f".//{_SIGNED}SignedInfo/{_SIGNED}Reference")
    named = [one.get("URI", "") for one in references if one.find(f"{_SIGNED}Transforms") is None]
    objects = [name for name in named if name.startswith("#Object-CHUKYDONVI-")]
    return len(named) == len(references) >= 2 and "" not in named and len(objects) == 1


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None
