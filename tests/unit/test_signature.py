"""Signatures of reported calls."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from api.signature import is_signed, sign

BODY = b'{"test": 2432232314}'
# The example of the specification of Standard Webhooks.
SPECIFIED = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330)


def test_the_example_of_the_specification() -> None:
    assert sign(*SPECIFIED, BODY) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_in_base64_and_its_bytes_are_the_same_key() -> None:
    plain = "a secret in plain letters"
    encoded = "whsec_" + base64.b64encode(plain.encode()).decode()
    assert sign(encoded, "m", 1, BODY) == sign(plain, "m", 1, BODY)


@pytest.mark.parametrize("sent", ["", "-1", "soon", "1e9"])
def test_a_timestamp_that_is_none_is_refused(sent: str) -> None:
    headers = {"webhook-id": "m", "webhook-timestamp": sent, "webhook-signature": sign("s", "m", 0, BODY)}
    assert not is_signed("s", headers, BODY, datetime.fromtimestamp(0, UTC))


def test_a_body_that_is_no_text_is_not_signed() -> None:
    headers = {"webhook-id": "m", "webhook-timestamp": "0", "webhook-signature": sign("s", "m", 0, BODY)}
    assert not is_signed("s", headers, b"\xff", datetime.fromtimestamp(0, UTC))
