"""Files with personal data that `read` writes: new ones only, whole or not at all, for this user alone."""

import os
from pathlib import Path

import click

from cardreader.whole_files import write_whole

OPTION_TYPE = click.Path(path_type=Path, dir_okay=False)


def require_new(option: str, file: Path | None) -> None:
    """Refuse a place where something stands, so that no older file passes for this card's.

    A link, a pipe or a device is refused too.

    Raises click.UsageError; also where there is no such folder.
    """
    if file is None:
        return
    if not file.absolute().parent.is_dir():
        raise click.UsageError(f"{option}: thư mục không có / the folder does not exist")
    if os.path.lexists(file):
        raise click.UsageError(
            f"{option}: đã có {file}, không ghi đè; xóa nó hoặc chọn tên khác / "
            "is there already and is not overwritten; remove it or choose another name"
        )


def write_new(option: str, file: Path, content: bytes) -> None:
    """Write the file with mode 0600, and say so on stderr.

    Raises click.UsageError: something stands there by now, or it cannot be written.
    """
    require_new(option, file)
    try:
        write_whole(file.absolute(), content, mode=0o600)
    except OSError as error:
        raise click.UsageError(
            f"{option}: không ghi được / cannot be written: {file} ({error.strerror})"
        ) from error
    click.echo(f"Đã ghi vào · written to {click.format_filename(file)}", err=True)
