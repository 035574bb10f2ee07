"""A message's commands as bytes: who sends to whom, how large it is, and which letters it holds."""

from __future__ import annotations

import re

import idna

from newsletter.backends.base import Envelope, Outcome, Result
from newsletter.backends.replies import LONGEST_REPLY
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.terms import Terms

#: What can stand between angle brackets as it is. Blanks and quoted parts are nothing we write to.
_PLAIN = r"[!-;=?-~]{1,320}@[!-;=?-~]{1,255}"
_BOTH_PLAIN = re.compile(f"{_PLAIN} {_PLAIN}")
_OTHER_LETTERS = re.compile(r"[^\x00- <>@\x7f-\xa0\u2028\u2029]{1,320}@[^\x00- <>@\x7f-\xa0\u2028\u2029]{1,255}")


#: MAIL and RCPT without their line ends, and the content as it will be sent, with our signature if there is one.
Commands = tuple[bytes, bytes, bytes]


class Scribe:
    """Writes the commands of messages for one server."""

    __slots__ = ("_eight_bit", "_most", "_sign", "_size", "_smtputf8")

    def __init__(self, terms: Terms, extensions: Extensions) -> None:
        self._size = extensions.size is not None
        self._most = extensions.size or 0
        self._eight_bit = extensions.eight_bit
        self._smtputf8 = extensions.smtputf8
        self._sign = terms.sign

    def commands(self, envelope: Envelope) -> Commands | Outcome:
        """The commands; or the outcome of a message that this server can't take: it must not stop the others."""
        key, sender, recipient, content, is_stuffed = envelope
        parameters = b""
        if not _BOTH_PLAIN.fullmatch(f"{sender} {recipient}"):
            try:
                sender, recipient = _mailbox(sender), _mailbox(recipient)
            except ValueError:
                return Outcome(key, Result.REFUSED, "the address is malformed; it was not tried")
            if not (sender.isascii() and recipient.isascii()):
                if not self._smtputf8:
                    words = "the mail server takes no such letters in an address (SMTPUTF8)"
                    return Outcome(key, Result.REFUSED, words)
                parameters = b" SMTPUTF8"
        if self._sign is not None:
            try:
                content = self._sign(content) + content
            except ValueError as error:
                return Outcome(key, Result.REFUSED, f"the message can't be signed: {error}"[:LONGEST_REPLY])
        if self._size:
            if 0 < self._most < len(content):
                words = f"the message is larger than the mail server takes ({self._most} bytes); it was not tried"
                return Outcome(key, Result.REFUSED, words)
            parameters = b"%b SIZE=%d" % (parameters, len(content))
        # What needs no stuffing was compiled for the wire, in seven bits; to look at 30 kB again would cost a tenth.
        if self._eight_bit and not is_stuffed and not content.isascii():
            parameters += b" BODY=8BITMIME"
        return b"MAIL FROM:<%b>%b" % (sender.encode(), parameters), b"RCPT TO:<%b>" % recipient.encode(), content


def _mailbox(address: str) -> str:
    """The address as it can be said: a domain of other letters has a name in ASCII (RFC 5891), a local part has none.

    Raises:
        ValueError: it can't stand in a command.
    """
    if not _OTHER_LETTERS.fullmatch(address):
        raise ValueError
    local_part, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")  # its IDNAError is a ValueError
    address = f"{local_part}@{domain}"
    address.encode()  # half a surrogate pair can't be said; its UnicodeEncodeError is a ValueError
    return address


def stuffed(content: bytes, *, is_stuffed: bool) -> bytes:
    """The message with dots doubled at line starts and its final dot (RFC 5321 section 4.5.2)."""
    if not is_stuffed:
        content = content.replace(b"\r\n.", b"\r\n..")
        if content.startswith(b"."):
            content = b"." + content
    return content
