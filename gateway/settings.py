"""What an operator may set: environment `TIEPDON_GATEWAY_*`, else a TOML file, else the default.

The TOML file is named by `TIEPDON_GATEWAY_CONFIG`; its keys are the field names below.
"""

import os
import tomllib
from pathlib import Path

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from gateway.errors import SettingUnusable

PREFIX = "TIEPDON_GATEWAY_"


class Settings(BaseSettings):
    """The settings of one gateway; every process of it must be given the same."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid")

    data_dir: Path = Field(
        default=Path("var/gateway"), description="Folder of the keys and of the embedded database."
    )
    database_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the database; default: SQLite in the data folder.",
        repr=False,
    )
    trust_dir: Path | None = Field(
        default=None, description="Folder of the pinned CSCA certificates (*.cer); default: DATA_DIR/trust."
    )
    public_url: str = Field(
        default="http://127.0.0.1:8080", description="The address clients use, without a trailing slash."
    )
    training: bool = Field(
        default=False, description="Accept training cards and mark every answer and resource."
    )

    allow_sha1: bool = Field(
        default=False, description="Accept SHA-1 in the signatures of cards and their certificates."
    )

    signers_file: Path | None = Field(
        default=None, description="CSV table of signers: whose certificate is which facility's."
    )
    signers_dir: Path | None = Field(
        default=None, description="Folder of the authorities' certificates that vouch for the signers."
    )

    @property
    def database(self) -> str:
        """The database's URL; psycopg is meant where a PostgreSQL URL names no driver."""
        if self.database_url is None:
            return f"sqlite:///{self.data_dir / 'tiepdon.sqlite'}"
        scheme, separator, rest = self.database_url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            scheme = "postgresql+psycopg"
        return f"{scheme}{separator}{rest}"

    @property
    def trust(self) -> Path:
        """The folder of the pinned country certificates."""
        return self.trust_dir or self.data_dir / "trust"

    @property
    def base_url(self) -> str:
        """The gateway itself: the audience of what a desk states of a chip."""
        return self.public_url.rstrip("/")

    @property
    def fhir_url(self) -> str:
        """The FHIR endpoint: the audience of access tokens and the root of links."""
        return f"{self.base_url}/fhir"

    @property
    def token_url(self) -> str:
        """The token endpoint: the audience of client assertions."""
        return f"{self.base_url}/auth/token"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the call win over the environment, and the environment over the file.

        Raises SettingUnusable: the file that is named is not there, or is no TOML.
        """
        del dotenv_settings, file_secret_settings
        file = os.environ.get(f"{PREFIX}CONFIG")
        try:
            if file and not Path(file).is_file():
                raise SettingUnusable("setup.config-file", "no such file")
            toml = TomlConfigSettingsSource(settings_cls, file)
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingUnusable("setup.config-file", "not TOML, or not readable") from error
        return init_settings, env_settings, toml
