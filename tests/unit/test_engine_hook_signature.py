"""Signatures of outgoing webhooks, compared with the specification's own example."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from newsletter.engine.hook_signature import PREFIX, signed_headers, written

#: From the specification's reference libraries (standard-webhooks/standard-webhooks, libraries/*/test).
SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_is_that_of_the_reference_libraries() -> None:
    headers = signed_headers(MESSAGE, TIMESTAMP, BODY, secrets=[base64.b64decode(SECRET)])
    assert headers == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": str(TIMESTAMP),
        "webhook-signature": SIGNATURE,
    }


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=3), st.binary())
def test_each_secret_signs_by_itself(secrets: list[bytes], body: bytes) -> None:
    together = signed_headers("msg_1", 1, body, secrets=secrets)["webhook-signature"].split(" ")
    alone = [signed_headers("msg_1", 1, body, secrets=[secret])["webhook-signature"] for secret in secrets]
    assert together == alone


@given(st.binary(min_size=32, max_size=32))
def test_a_secret_in_writing_reads_back(secret: bytes) -> None:
    assert base64.b64decode(written(secret).removeprefix(PREFIX), validate=True) == secret
