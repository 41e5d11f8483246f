"""The desk's settings: `TIEPDON_CLINIC_*` in the environment, over `clinic.toml` in the data directory.

`tiepdon-clinic pair` writes the file; a person may edit it. Nothing secret is in it:
the keys are files of their own beside it.
"""

import json
import os
import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from clinics.errors import GatewayInsecure, NotPaired, SettingsInvalid
from clinics.private_files import make_private_directory, replace

FILE = "clinic.toml"
PREFIX = "TIEPDON_CLINIC_"
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def _gateway_address(address: str) -> str:
    if not address:
        return address
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError as fault:
        raise ValueError("is not an address such as https://gateway.example") from fault
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        raise ValueError("is not an address such as https://gateway.example")
    return address.rstrip("/").removesuffix("/fhir").rstrip("/")


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("is not one line of printable text")
    return text


Facility = Annotated[str, StringConstraints(pattern=r"^([0-9A-Z]{5})?$")]
ClientId = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{0,200}$")]
Seconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]

LegalBasis = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line)
]


class ClinicSettings(BaseSettings):
    """What one desk knows of its place; every field may be set in the environment or in the file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data_dir: Path
    gateway_url: Annotated[str, AfterValidator(_gateway_address)] = ""
    facility: Facility = ""
    facility_address: Annotated[str, StringConstraints(max_length=255), AfterValidator(_one_line)] = ""
    client_id: ClientId = ""
    trust_dir: Path | None = None
    ca_file: Path | None = None
    training: bool = False
    reader: str | None = None
    desk_port: Annotated[int, Field(ge=1, le=65535)] = 8765
    card_seconds: Seconds = 60
    dg13_legal_basis: LegalBasis = ""
    service_code: Annotated[str, StringConstraints(min_length=1, max_length=50)] = "02.1896"
    service_name: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = "Khám Nội"
    connect_seconds: Seconds = 3
    read_seconds: Seconds = 15
    answer_seconds: Seconds = 30
    signing_p12: Path | None = None
    signing_module: Path | None = None
    signing_token: str | None = None
    signing_key: str | None = None
    signing_secret_file: Path | None = None
    signers_file: Path | None = None
    signers_dir: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings names the arguments
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed in (the data directory) wins over the environment, and that over the file."""
        file = InitSettingsSource(settings_cls, init_kwargs=_read_file(init_settings()["data_dir"]))
        return init_settings, env_settings, file

    @property
    def trust(self) -> Path:
        """The directory of pinned country signing certificates."""
        return self.trust_dir or self.data_dir / "trust"

    @property
    def paired(self) -> bool:
        """Whether this desk knows its gateway, its facility and its own client id."""
        return bool(self.gateway_url and self.facility and self.client_id)

    def require_paired(self) -> None:
        """Refuse to go on before the desk knows whom to talk to, and as whom.

        Raises NotPaired: a setting is empty. GatewayInsecure: plain http to another machine.
        """
        for name in ("gateway_url", "facility", "client_id"):
            if not getattr(self, name):
                raise NotPaired(f"{name} is not set")
        require_secure(self.gateway_url)


def require_secure(url: str) -> None:
    """Refuse an address that would carry personal data unencrypted over a network.

    Raises GatewayInsecure: neither https nor http on this machine.
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in THIS_MACHINE):
        return
    raise GatewayInsecure("the gateway's address must be https")


def data_directory() -> Path:
    """Return where this desk keeps its files: `TIEPDON_CLINIC_DATA_DIR`, or the user's data folder."""
    chosen = os.environ.get(f"{PREFIX}DATA_DIR")
    if chosen:
        return Path(chosen)
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "tiepdon-clinic"


def load_settings(directory: Path | None = None) -> ClinicSettings:
    """Return the settings of the data directory and the environment.

    Raises SettingsInvalid: the file is no TOML, a name is unknown or a value impossible.
    """
    return _check({"data_dir": directory or data_directory()})


def _check(values: dict[str, object]) -> ClinicSettings:
    try:
        return ClinicSettings.model_validate(values)
    except ValidationError as fault:
        findings = "; ".join(
            f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in fault.errors()
        )
        raise SettingsInvalid(findings) from fault


def check_settings(directory: Path, **changes: str | bool) -> ClinicSettings:
    """Return what the settings would be with `changes`; nothing is written.

    Raises SettingsInvalid: the file at hand is no TOML, or a changed value is impossible.
    """
    return _check({**_read_file(directory), **changes, "data_dir": directory})


def save_settings(directory: Path, **changes: str | bool) -> None:
    """Write `changes` into the data directory's file; what else it says stays.

    Raises SettingsInvalid: the file at hand is no TOML, or a changed value is impossible.
    """
    check_settings(directory, **changes)
    values = {**_read_file(directory), **changes}
    make_private_directory(directory)
    lines = [f"{name} = {_toml(value)}\n" for name, value in sorted(values.items())]
    replace(directory / FILE, "".join(lines).encode())


def _toml(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value).lower()
    # A JSON string is a TOML basic string as long as nothing is written as a surrogate pair.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _read_file(directory: Path) -> dict[str, object]:
    try:
        with (directory / FILE).open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsInvalid(f"{FILE} is not TOML") from fault
    except OSError as fault:
        raise SettingsInvalid(f"{FILE} cannot be read") from fault
