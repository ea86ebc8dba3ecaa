"""Settings of Baton's processes, read from the environment once at start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from workers.tuning import Tuning


class Settings(BaseSettings):
    """One process's settings. In the environment names carry the prefix BATON_, except the shared addresses.

    A missing or malformed value raises pydantic's ValidationError, which names the variable.
    """

    model_config = SettingsConfigDict(
        frozen=True, env_prefix="BATON_", env_ignore_empty=True, extra="ignore", validate_by_name=True
    )

    database_url: str = Field(
        validation_alias="DATABASE_URL", description="The application login; never an owner or superuser."
    )
    database_owner_url: str | None = Field(
        default=None,
        validation_alias="DATABASE_OWNER_URL",
        description="Migrations only; never set for a process.",
    )
    temporal_address: str = Field(default="127.0.0.1:7233", validation_alias="TEMPORAL_ADDRESS")
    temporal_namespace: str = Field(default="default", validation_alias="TEMPORAL_NAMESPACE")
    task_queue: str = "baton"
    auth_secret: SecretStr | None = Field(
        default=None, description="Signs the access tokens that Baton issues itself; at least 32 characters."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Signs the calls that a telephony system reports; at least 24 characters."
    )
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    api_url: str | None = Field(default=None, description="Where the console finds the API.")
    console_host: str = "127.0.0.1"
    console_port: int = Field(default=8080, ge=1, le=65535)
    worker: Tuning = Field(
        default_factory=Tuning,
        description='Slots, cache and pollers of a worker as JSON, such as {"activities": 40}.',
    )
    decision_days: int = Field(
        default=90, ge=1, le=36_500, description="How long the worker keeps what routing decisions looked at."
    )
    log_format: Literal["console", "json"] = "console"

    @classmethod
    def load(cls, overrides: Mapping[str, object] | None = None) -> Settings:
        """The environment's settings, with `overrides` by field name taking precedence."""
        return cls(**dict(overrides or {}))  # type: ignore[arg-type]
