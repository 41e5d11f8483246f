"""The gateway's own keys: each made once, whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from gateway.errors import SetupError
from gateway.services import keys

FILES = ["secret", "signing-key.pem"]


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert keys.create(folder)
    before = {name: (folder / name).read_bytes() for name in FILES}
    assert not keys.create(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in FILES} == {0o600}


@pytest.mark.parametrize("missing", FILES)
def test_what_a_kill_left_undone_is_made_and_what_stands_is_kept(tmp_path: Path, missing: str) -> None:
    keys.create(tmp_path)
    (tmp_path / missing).unlink()
    (kept,) = set(FILES) - {missing}
    before = (tmp_path / kept).read_bytes()
    assert keys.create(tmp_path)
    assert (tmp_path / kept).read_bytes() == before
    keys.load(tmp_path)


def test_a_key_that_could_not_be_written_whole_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space"):
            keys.create(tmp_path)
    assert not (tmp_path / "signing-key.pem").exists()
    with pytest.raises(SetupError):
        keys.load(tmp_path)
    assert keys.create(tmp_path)
