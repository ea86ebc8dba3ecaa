"""Signing in with a token, and out."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.console.conftest import Desk


async def test_an_agent_begins_with_the_own_leads(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Ada", "Archer"))
    await desk.sees("Ada Archer")
    await desk.sees("Offered to you")


async def test_a_manager_begins_with_the_board(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Maya", "Manager", "manager"))
    await desk.sees("leads")
    await desk.sees("Board")


async def test_the_page_that_was_wanted_comes_after_signing_in(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("claimed", ada)
    await desk.sign_in(ada, to=f"/lead/{lead}")
    await desk.sees("What happened")
    await desk.sees("Pat Doe")


@pytest.mark.parametrize("pasted", ["nonsense", "a.b.c", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"])
async def test_what_is_no_token_is_said_to_be_none(desk: Desk, pasted: str) -> None:
    await desk.paste(pasted)
    await desk.sees("This is not an access token.")


async def test_an_expired_token_is_refused_in_words(desk: Desk) -> None:
    desk.api.accepts_tokens = False
    await desk.paste(desk.api.token(desk.api.person("Ada", "Archer")))
    await desk.sees("it is wrong, or it has expired")
    await desk.sees_no("Sign out")


async def test_another_systems_token_is_not_for_people(desk: Desk) -> None:
    await desk.paste(desk.api.token(uuid4()))
    await desk.sees("This token belongs to another system.")


async def test_an_api_that_is_away_is_not_the_tokens_fault(desk: Desk) -> None:
    desk.api.away = True
    await desk.paste(desk.api.token(uuid4()))
    await desk.sees("Baton does not answer at the moment.")


async def test_signed_out_is_out(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Ada", "Archer"))
    desk.click("Sign out")
    await desk.sees("Access token")
    await desk.user.open("/mine")
    await desk.sees("Access token")


@pytest.mark.parametrize("address", ["https://elsewhere.test", "//elsewhere.test", "/lead/../elsewhere"])
async def test_nobody_is_sent_elsewhere_after_signing_in(desk: Desk, address: str) -> None:
    answer = await desk.user.http_client.get("/sign-in", params={"next": address})
    assert answer.status_code == 422


async def test_a_token_that_expires_leads_back_to_the_sign_in(desk: Desk) -> None:
    await desk.sign_in(desk.api.person("Ada", "Archer"))
    desk.api.accepts_tokens = False
    await desk.sees("Your sign-in has expired.")
