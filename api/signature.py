"""Who may report calls: another system with a token, or a sender whose signature is right.

The signature is that of Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, and
`webhook-signature`, a list of `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from standardwebhooks import Webhook

from api.auth import Callers
from domain.lifecycle.actor import Role

TOLERANCE_SECONDS = 300
_BEARER = HTTPBearer(auto_error=False)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of one message, as its sender puts it into `webhook-signature`.

    A secret that begins with `whsec_` is base64, as Standard Webhooks write it; any other is taken as it stands.
    Raises UnicodeDecodeError for a body that is no UTF-8.
    """
    key = secret if secret.startswith("whsec_") else secret.encode()
    return Webhook(key).sign(message_id, datetime.fromtimestamp(timestamp, UTC), body.decode())


def is_signed(secret: str, headers: dict[str, str], body: bytes, now: datetime) -> bool:
    """True for a right signature of this body that is at most five minutes old or ahead."""
    message_id, sent = headers.get("webhook-id"), headers.get("webhook-timestamp", "")
    # Not the library's own check, which goes by the machine's clock and fails on a signature that is no base64.
    if not message_id or not sent.isdecimal() or abs(now.timestamp() - int(sent)) > TOLERANCE_SECONDS:
        return False
    try:
        expected = sign(secret, message_id, int(sent), body)
    except UnicodeDecodeError:
        return False
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)


async def _sender(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> None:
    if credentials is not None:
        callers: Callers = request.app.state.callers
        actor = await callers.identify(credentials.credentials)
        if actor is not None and actor.role is Role.SERVICE:
            return
        raise HTTPException(401, "send the token of another system; `baton token --service` issues one")
    secret: str | None = request.app.state.webhook_secret
    now = request.app.state.services.clock.now()
    if secret is None or not is_signed(secret, dict(request.headers), await request.body(), now):
        raise HTTPException(401, "sign the message with the secret BATON_WEBHOOK_SECRET, or send a service's token")


Sender = Depends(_sender)
