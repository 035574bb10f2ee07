"""The receiving end: a real SMTP server on loopback that keeps everything and sends nothing on."""

from __future__ import annotations

import asyncio
import logging
import signal

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from inbox.store import Envelope, Inbox

logger = logging.getLogger(__name__)

#: Mail to oneself is never big; a runaway is refused as a real server would (RFC 1870).
SIZE_LIMIT = 25 * 1024 * 1024


class Keeper:
    """Puts every message into the inbox, once for each recipient, as their mailboxes would."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802 (aiosmtpd)
        """Answer 250 once the message is a file; 452 where the disk refuses it (RFC 5321 section 4.2.3)."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        try:
            for recipient in envelope.rcpt_tos:
                self.inbox.add(Envelope(sender=envelope.mail_from or "", recipient=recipient), content)
        except OSError as error:
            logger.exception("a message could not be kept")
            return f"452 4.3.1 The inbox can't keep it: {error.strerror}"
        return "250 2.0.0 Kept"


async def receive(inbox: Inbox, *, host: str, port: int) -> None:
    """Listen until SIGINT or SIGTERM.

    Raises:
        OSError: the port is taken.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stop.set)

    def conversation() -> SMTP:
        return SMTP(
            Keeper(inbox), hostname="inbox.localhost", data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, loop=loop
        )

    server = await loop.create_server(conversation, host=host, port=port)
    logger.warning("receiving mail on %s:%s", *server.sockets[0].getsockname()[:2])
    async with server:
        await stop.wait()
