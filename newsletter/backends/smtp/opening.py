"""The begin of a session, up to the first message: greeting, EHLO, STARTTLS (RFC 3207), login."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from django.utils.translation import gettext as _

from newsletter.backends.replies import kept_reply
from newsletter.backends.smtp.extensions import Extensions
from newsletter.backends.smtp.login import log_in
from newsletter.backends.smtp.reply import DownError, Reply
from newsletter.backends.smtp.terms import Terms

#: Yielded in place of a line: encrypt now, and send `ENCRYPTED` when it is done.
ENCRYPT: Final = None
ENCRYPTED: Final = Reply(0, ())


def opening(terms: Terms) -> Generator[str | None, Reply, Extensions]:
    """Yields lines to write (an empty one first, for the greeting comes by itself) and is sent the replies.

    Raises:
        DownError: the server does not take us; the text says at what.
    """
    _expect(terms, (yield ""), 220, _("The mail server %(server)s does not take connections now: %(reply)s"))
    extensions = yield from _ehlo(terms)
    if terms.tls == "starttls":
        if not extensions.starttls:
            raise DownError(
                _(
                    "The mail server %(server)s does not offer encryption (STARTTLS), and without it nothing is sent. "
                    "If this is right, say tls=none in SMTP_URL."
                )
                % {"server": terms.server}
            )
        _expect(terms, (yield "STARTTLS"), 220, _("The mail server %(server)s refused to encrypt: %(reply)s"))
        yield ENCRYPT
        extensions = yield from _ehlo(terms)  # what was offered in the clear counts no more (RFC 3207 section 4.2)
    if terms.user:
        yield from log_in(terms, extensions)
    return extensions


def _ehlo(terms: Terms) -> Generator[str | None, Reply, Extensions]:
    reply = yield f"EHLO {terms.own_name}"
    _expect(terms, reply, 250, _("The mail server %(server)s refused our greeting (EHLO): %(reply)s"))
    return Extensions.of(reply.lines[1:])


def _expect(terms: Terms, reply: Reply, code: int, failure: str) -> None:
    if reply.code != code:
        words = kept_reply(str(reply), recipient="")[:300]
        raise DownError(failure % {"server": terms.server, "reply": words})
