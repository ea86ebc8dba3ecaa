"""The HTTP client: answers become models, everything else becomes an ApiError."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from console.baton_api import BatonApi, connect
from console.errors import ApiError

Handler = Callable[[httpx.Request], httpx.Response]


async def failure(handler: Handler) -> ApiError:
    async with connect("http://api.test/", httpx.MockTransport(handler)) as http:
        with pytest.raises(ApiError) as caught:
            await BatonApi(http, "t").lead(uuid4())
    return caught.value


async def test_a_problem_document_keeps_code_words_and_details() -> None:
    body = {"type": "urn:baton:problem:AlreadyClaimed", "title": "AlreadyClaimed", "status": 409, "detail": "taken"}
    error = await failure(lambda _: httpx.Response(409, json={**body, "claimed_by": "ben"}))
    assert (error.code, error.message, error.status) == ("AlreadyClaimed", "taken", 409)
    assert error.detail == {"claimed_by": "ben"}
    assert not error.signed_out


@pytest.mark.parametrize("content", [b"<html>bad gateway</html>", b"[1]", b""])
async def test_an_error_without_a_problem_document_is_still_an_error(content: bytes) -> None:
    error = await failure(lambda _: httpx.Response(502, content=content))
    assert (error.code, error.status) == ("Unexpected", 502)


async def test_an_unreadable_answer_gives_away_nothing_of_it() -> None:
    error = await failure(lambda _: httpx.Response(200, json={"phone": "+12025550123"}))
    assert error.code == "Unexpected"
    assert "+12025550123" not in str(error)
    assert error.__cause__ is None


async def test_silence_is_unreachable() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    error = await failure(silent)
    assert (error.code, error.status) == ("Unreachable", None)


async def test_the_token_and_the_key_travel_in_headers_only() -> None:
    seen: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": str(uuid4()), "state": "claimed", "epoch": 1, "changed": True})

    async with connect("http://api.test", httpx.MockTransport(record)) as http:
        await BatonApi(http, "the-token").command(uuid4(), "claim", key="the-key", body={"epoch": 1})
    (request,) = seen
    assert request.headers["Authorization"] == "Bearer the-token"
    assert request.headers["Idempotency-Key"] == "the-key"
    assert "the-token" not in str(request.url)


async def test_a_refusal_is_not_asked_twice() -> None:
    calls = 0

    def refuse(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        return httpx.Response(409, json={"title": "StaleOffer", "detail": "over"})

    async with connect("http://api.test", httpx.MockTransport(refuse)) as http:
        with pytest.raises(ApiError):
            await BatonApi(http, "t").command(uuid4(), "claim", key="k", body={})
    assert calls == 1
