"""The bytes of each entry, exactly as received."""

import pytest

from gateway.services.entry_bytes import entry_bytes


@pytest.mark.parametrize(
    ("bundle", "expected"),
    [
        (b'{"entry":[{"resource":{"a": 1.50 }}]}', [b'{"a": 1.50 }']),
        (b' {"x":[1,{}], "entry" : [ {"fullUrl":"u","resource" :{"a":"}]"} } , {"resource":{}}] } ', None),
        (b'{"entry":[]}', []),
        (b'{"entry":[{}, 5, "x", {"request":{}}]}', []),
        (b'{"entry":{"resource":{}}}', []),
        ('{"entry":[{"resource":{"tên":"Mẫu"}}]}'.encode(), ['{"tên":"Mẫu"}'.encode()]),
        (b"{}", []),
    ],
)
def test_each_resource_keeps_its_bytes(bundle: bytes, expected: list[bytes] | None) -> None:
    assert entry_bytes(bundle) == ([b'{"a":"}]"}', b"{}"] if expected is None else expected)
