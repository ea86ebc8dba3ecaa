"""Sessions, settings and the words for instants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from console.app import cookie_secret
from console.errors import ConsoleStartError
from console.local_time import clock_time
from console.session import IDLE_SECONDS, Session, Sessions
from console.settings import ConsoleSettings


def session(role: str = "agent") -> Session:
    return Session(person=uuid4(), name="Ada", role=role, zone="UTC", token="the-token")


def test_a_session_ends_when_nobody_uses_it() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    sessions.open("browser", session())
    now += IDLE_SECONDS - 1
    assert sessions.of("browser") is not None
    now += IDLE_SECONDS - 1
    assert sessions.of("browser") is not None
    now += IDLE_SECONDS
    assert sessions.of("browser") is None


def test_sessions_are_apart() -> None:
    sessions = Sessions()
    sessions.open("one", session())
    assert sessions.of("two") is None
    sessions.end("two")
    assert sessions.of("one") is not None


def test_a_session_does_not_show_its_token() -> None:
    assert "the-token" not in repr(session())


@pytest.mark.parametrize(("role", "home"), [("agent", "/mine"), ("manager", "/board"), ("admin", "/board")])
def test_everybody_has_a_first_page(role: str, home: str) -> None:
    assert session(role).home == home


def test_wrong_settings_are_named_without_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BATON_API_URL", raising=False)
    monkeypatch.setenv("BATON_AUTH_SECRET", "too-short")
    with pytest.raises(ConsoleStartError) as caught:
        ConsoleSettings.load()
    assert "BATON_API_URL" in str(caught.value)
    assert "BATON_AUTH_SECRET" in str(caught.value)
    assert "too-short" not in str(caught.value)


def test_cookies_have_a_key_of_their_own() -> None:
    secret = "s" * 32
    assert cookie_secret(secret) != secret
    assert cookie_secret(secret) == cookie_secret(secret)
    assert cookie_secret("t" * 32) != cookie_secret(secret)


NOW = datetime(2026, 3, 2, 20, 3, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "words"),
    [
        (NOW, "America/Chicago", "14:03:22"),
        (NOW, "UTC", "20:03:22"),
        (NOW - timedelta(days=1), "America/Chicago", "1 Mar 14:03:22"),
        (NOW - timedelta(hours=15), "America/Chicago", "1 Mar 23:03:22"),
        (NOW, "Nowhere/At_All", "20:03:22 UTC"),
        (NOW, "../etc/passwd", "20:03:22 UTC"),
    ],
)
def test_instants_are_told_in_the_persons_zone(at: datetime, zone: str, words: str) -> None:
    assert clock_time(at, zone, now=NOW) == words
