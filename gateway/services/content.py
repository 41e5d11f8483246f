"""Do two sendings of a record say the same? By a hash of what the record says, never of its file."""

import hashlib
from collections.abc import Mapping
from typing import Any

from gateway import systems
from gateway.services.exact_json import canonical

_ENVELOPE = frozenset({"id", "meta", "text", "implicitRules"})


def content_hash(resource: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of a resource's content.

    Its id, meta, narrative and presence receipt are not content.
    """
    content = {name: value for name, value in resource.items() if name not in _ENVELOPE}
    extensions = [item for item in content.pop("extension", []) if not _is_receipt(item)]
    return hashlib.sha256(canonical(content | {"extension": extensions})).hexdigest()


def _is_receipt(extension: object) -> bool:
    return isinstance(extension, dict) and extension.get("url") == systems.PRESENCE_RECEIPT
