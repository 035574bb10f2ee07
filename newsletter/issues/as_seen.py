"""A message as a mail program shows it: decoded from its very bytes, and what its pieces weigh."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage

#: Bytes of HTML that Gmail shows before it cuts a mail off.
GMAIL_CLIPS = 102_000
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_LIGHT = re.compile(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)")
_SCHEME = re.compile(r'(<meta\s+name="(?:supported-)?color-schemes?"\s+content=")[^"]*(")')


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One mail as a mail program shows it, with the octets of the whole as it travels and of both bodies as decoded."""

    sender: str
    subject: str
    html: str
    text: str
    headers: str
    octets: int

    @property
    def html_octets(self) -> int:
        return len(self.html.encode())

    @property
    def text_octets(self) -> int:
        return len(self.text.encode())

    @property
    def header_octets(self) -> int:
        return len(self.headers.encode())


def decoded(content: bytes) -> Shown:
    """Read the message with Python's own parser, as any mail program would."""
    message: EmailMessage = message_from_bytes(content, policy=policy.default)  # type: ignore[assignment]
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    head, _blank, _body = content.partition(b"\r\n\r\n")
    return Shown(
        sender=str(message["From"]),
        subject=str(message["Subject"]),
        html=html.get_content() if html else "",
        text=text.get_content() if text else "",
        headers=head.decode("ascii", "replace").replace("\r\n", "\n"),
        octets=len(content),
    )


def in_the_dark(html: str) -> str:
    """A copy whose rules for dark screens hold on every screen, and those for light ones on none.

    Only what mail programs do that obey the mail's own rules; Gmail and Outlook make colours of their own.
    """
    # True of every window, and of none.
    html = _LIGHT.sub("(max-width: 0px)", _DARK.sub("(min-width: 0px)", html))
    return _SCHEME.sub(r"\1dark\2", html)
