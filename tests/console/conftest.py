"""A console over a fake API, and somebody in front of it. No browser is needed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from nicegui import ui
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from console.baton_api import connect
from console.pages import install_pages
from console.session import Sessions
from tests.console.fake_api import FakeApi

PATIENCE = 100
"""How often the simulated person looks before giving up: ten seconds."""


class Desk:
    """A person with a browser in Chicago."""

    def __init__(self, user: User, api: FakeApi) -> None:
        self.user = user
        self.api = api
        user.javascript_rules[re.compile("Intl.DateTimeFormat.*")] = lambda _: "America/Chicago"

    async def sign_in(self, person: UUID, *, to: str = "/") -> None:
        """Sign in with the person's token; done when the next page is there."""
        await self.paste(self.api.token(person), to=to)
        await self.sees("Sign out")

    async def paste(self, token: str, *, to: str = "/") -> None:
        """Open a page, land on the sign-in page, paste the token and press the button."""
        await self.user.open(to)
        await self.sees("Access token")
        self.user.find(marker="token").clear().type(token)
        self.user.find(kind=ui.button, content="Sign in").click()

    async def sees(self, text: str) -> None:
        """Wait until the text, or an element marked so, is on the page."""
        await self.user.should_see(text, retries=PATIENCE)

    async def sees_no(self, text: str) -> None:
        """Wait until the text is not on the page any more."""
        await self.user.should_not_see(text, retries=2 * PATIENCE)

    async def press(self, mark: str) -> None:
        """Wait for the button with this mark, and press it."""
        await self.user.should_see(marker=mark, retries=PATIENCE)
        self.user.find(marker=mark).click()

    def click(self, text: str) -> None:
        """Press what has this text."""
        self.user.find(text).click()


@pytest.fixture
def api() -> FakeApi:
    """An API without anybody and anything."""
    return FakeApi()


@pytest.fixture
async def desk(api: FakeApi) -> AsyncIterator[Desk]:
    """The console's pages, ready to be opened."""
    async with user_simulation() as user, connect("http://api.test", api.transport) as http:
        install_pages(http, Sessions())
        yield Desk(user, api)
