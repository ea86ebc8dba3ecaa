"""Which page answers which address, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import Query
from fastapi.responses import RedirectResponse
from nicegui import app, ui

from console.baton_api import BatonApi
from console.board import Board
from console.lead_page import LeadPage
from console.my_leads import MyLeads
from console.session import Session, Sessions
from console.sign_in import SignIn
from console.visit import Visit

# Pages of the console and nothing else: the address a person is sent to must not be somebody else's choice.
_OWN_PAGE = r"^/(board|mine|lead/[0-9a-f-]{36})?$"
Next = Annotated[str, Query(pattern=_OWN_PAGE)]


def install_pages(http: httpx.AsyncClient, sessions: Sessions) -> None:
    """Register the pages with NiceGUI. `http` reaches the API, `sessions` knows who is signed in."""

    def visited(page: Callable[[Visit], object], path: str) -> RedirectResponse | None:
        browser = _browser()
        session = sessions.of(browser)
        if session is None:
            return RedirectResponse(f"/sign-in?next={path}")
        page(Visit(session, BatonApi(http, session.token), lambda: sessions.end(browser)))
        return None

    @ui.page("/")
    def home() -> RedirectResponse:
        session = sessions.of(_browser())
        return RedirectResponse(session.home if session else "/sign-in")

    @ui.page("/sign-in", title="Sign in · Baton")
    def sign_in(next: Next = "/", expired: bool = False) -> None:
        browser = _browser()

        def succeed(session: Session) -> str:
            sessions.open(browser, session)
            return session.home if next == "/" else next

        SignIn(http, succeed, expired=expired)

    @ui.page("/board", title="Board · Baton")
    def board() -> RedirectResponse | None:
        session = sessions.of(_browser())
        if session is not None and not session.supervises:
            return RedirectResponse("/mine")
        return visited(Board, "/board")

    @ui.page("/mine", title="My leads · Baton")
    def mine() -> RedirectResponse | None:
        return visited(MyLeads, "/mine")

    @ui.page("/lead/{lead_id}", title="Lead · Baton")
    def lead(lead_id: UUID) -> RedirectResponse | None:
        return visited(lambda visit: LeadPage(visit, lead_id), f"/lead/{lead_id}")


def _browser() -> str:
    # The id is in a cookie that only this process can sign; it names the browser and says nothing about the person.
    return str(app.storage.browser["id"])
