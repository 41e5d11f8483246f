"""Do two sendings of a record say the same? By a hash of what it says, never of its file."""

from typing import Any

from bhyt.r4.index import content_hash as hash_of
from gateway import systems


def content_hash(resource: dict[str, Any]) -> str:
    """Return the SHA-256 (hex) of a resource's content, to which a presence receipt does not belong."""
    extensions = resource.get("extension")
    if not isinstance(extensions, list):
        return hash_of(resource)
    kept = [item for item in extensions if not _is_receipt(item)]
    rest = {name: value for name, value in resource.items() if name != "extension"}
    return hash_of(rest | {"extension": kept} if kept else rest)


def _is_receipt(extension: object) -> bool:
    return isinstance(extension, dict) and extension.get("url") == systems.PRESENCE_RECEIPT
