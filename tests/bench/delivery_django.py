"""Sends the same mail as Django does: an EmailMessage for each reader, over one connection that stays open.

Arguments: port, number, a file with the message as one reader gets it. Prints our CPU seconds.
"""

from __future__ import annotations

import email
import email.policy
import sys
import time
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

MARK = "reader@example.com"


def main(port: int, count: int, sample: Path) -> None:
    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, DEFAULT_CHARSET="utf-8", USE_TZ=True, TIME_ZONE="UTC")
    parsed = email.message_from_bytes(sample.read_bytes(), policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    assert html is not None
    assert text is not None
    rich, plain = html.get_content(), text.get_content()
    headers = {name: str(parsed[name]) for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id")}
    connection = get_connection("django.core.mail.backends.smtp.EmailBackend")
    connection.open()
    began = time.process_time()
    for number in range(1, count + 1):
        address = f"reader{number}@example.com"
        message = EmailMultiAlternatives(
            subject=str(parsed["Subject"]),
            body=plain.replace(MARK, address),
            from_email="Rounds <editor@rounds.example>",
            to=[address],
            headers=headers,
            connection=connection,
        )
        message.attach_alternative(rich.replace(MARK, address), "text/html")
        message.send()
    sys.stdout.write(str(time.process_time() - began))
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
