"""A message for nobody: the bytes that readers get, with harmless links where theirs would stand."""

from __future__ import annotations

from email.utils import make_msgid
from typing import TYPE_CHECKING

from newsletter.engine.message import MessageError, Recipient
from newsletter.issues.errors import IssueError
from newsletter.issues.publication import host, subscribe_url

if TYPE_CHECKING:
    from datetime import datetime

    from newsletter.engine.message import CompiledMessage

#: Reserved for examples (RFC 2606), so that it can't be anybody's.
ADDRESS = "reader@example.com"


class SampleError(IssueError):
    """The address can't stand in a message."""


def sample(message: CompiledMessage, *, date: datetime, address: str = ADDRESS, name: str = "") -> bytes:
    """The message as a reader of this address and name would get it.

    Its personal links lead to the sign-up page and change nothing.

    Raises:
        SampleError: `address` is not in its normal form, or `name` holds what no header can.
    """
    recipient = Recipient(
        address=address,
        name=name,
        message_id=make_msgid(domain=host().replace(":", "-")),
        unsubscribe_url=subscribe_url(),
        preferences_url=subscribe_url(),
    )
    try:
        return message.splice(recipient, date=date)
    except MessageError as error:
        raise SampleError(str(error)) from error
