"""The sign-in page: paste an access token."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from nicegui import ui

from console.errors import ApiError
from console.frame import paint
from console.session import Session
from console.sign_in_token import session_for


class SignIn:
    """The form. `on_success` gets the session and says where to go."""

    def __init__(self, http: httpx.AsyncClient, on_success: Callable[[Session], str], *, expired: bool) -> None:
        self._http = http
        self._on_success = on_success
        paint()
        with ui.card().classes("w-full max-w-md mx-auto mt-8 sm:mt-24 p-6 gap-4 items-stretch"):
            ui.label("Baton").classes("text-2xl font-bold text-primary")
            ui.label("Sign in with your access token. Your administrator has one for you.")
            self._message = ui.label("Your sign-in has expired. Please sign in again." if expired else "")
            self._message.classes("text-negative font-medium").props("role=alert").set_visibility(expired)
            self._token = ui.input("Access token", password=True, password_toggle_button=True)
            self._token.props('outlined autofocus autocomplete="off" spellcheck=false').mark("token")
            self._token.on("keydown.enter", self._submit)
            self._button = ui.button("Sign in", on_click=self._submit).props("size=lg no-caps unelevated")

    async def _submit(self) -> None:
        if not self._token.value:
            self._refuse("Paste your access token first.")
            return
        self._button.props("loading")
        try:
            session = await session_for(self._http, self._token.value, await _browser_zone())
        except ApiError as error:
            self._refuse(error.message)
        else:
            ui.navigate.to(self._on_success(session))
        finally:
            self._button.props(remove="loading")

    def _refuse(self, message: str) -> None:
        self._message.set_text(message)
        self._message.set_visibility(True)


async def _browser_zone() -> str:
    try:
        return str(await ui.run_javascript("Intl.DateTimeFormat().resolvedOptions().timeZone", timeout=2.0))
    except TimeoutError:
        return "UTC"
