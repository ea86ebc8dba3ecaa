"""The console's settings, read from the environment once at start."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from console.errors import ConsoleStartError


class ConsoleSettings(BaseSettings):
    """In the environment names carry the prefix BATON_. The console has no database and needs no address of one."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="BATON_", env_ignore_empty=True, extra="ignore")

    api_url: str = Field(pattern=r"^https?://", description="Where the API is, for example http://127.0.0.1:8000.")
    auth_secret: SecretStr = Field(min_length=32, description="Signs the browsers' cookies, through a derived key.")
    console_host: str = "127.0.0.1"
    console_port: int = Field(default=8080, ge=1, le=65535)

    @classmethod
    def load(cls) -> ConsoleSettings:
        """The environment's settings. Raises ConsoleStartError, which names each variable that is wrong."""
        try:
            return cls()
        except ValidationError as error:
            # The values stay out of the message: one of them is a secret.
            wrong = (f"BATON_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors())
            raise ConsoleStartError("; ".join(wrong)) from None
