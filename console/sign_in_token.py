"""Finding out whose token it is."""

from __future__ import annotations

from uuid import UUID

import httpx
import jwt

from console.baton_api import BatonApi
from console.errors import ApiError
from console.session import Session


async def session_for(http: httpx.AsyncClient, pasted: str, zone: str) -> Session:
    """The session of the person whose token was pasted.

    Raises ApiError with words for that person when the API does not accept it or cannot be asked.
    """
    token = "".join(pasted.split()).removeprefix("Bearer")
    person = _subject(token)
    try:
        agents = await BatonApi(http, token).agents()
    except ApiError as error:
        if error.signed_out:
            raise _unknown("Baton does not accept this token: it is wrong, or it has expired.") from error
        raise
    me = next((agent for agent in agents if agent.id == person), None)
    if me is None:
        raise ApiError("NotAPerson", "This token belongs to another system. People sign in with a token of their own.")
    return Session(person=me.id, name=me.name, role=me.role, zone=zone, token=token)


def _subject(token: str) -> UUID:
    # Only to know which of the agents is meant: whether the token is genuine is the API's to say, and it is asked.
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
        return UUID(str(claims["sub"]))
    except (jwt.InvalidTokenError, KeyError, ValueError):
        raise _unknown("This is not an access token. Paste the whole line that `baton token` prints.") from None


def _unknown(message: str) -> ApiError:
    return ApiError("Unauthorized", message, status=401)
