"""What a conversation has to know of its server: names, login, deadlines, how far it may run ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """`server` is `host:port`, for texts; `own_name` is what we call ourselves in EHLO.

    `timeout` bounds each reply and `message_timeout` the content with its answer, both in seconds and in total: a
    server that sends one byte a second gains nothing.
    """

    server: str
    own_name: str = "[127.0.0.1]"
    #: `starttls`, `implicit` (the shell encrypts before the greeting) or `none`.
    tls: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    #: The only way of logging in that may be used; empty: the best that is offered.
    auth: str = ""
    timeout: float = 30
    message_timeout: float = 120
    #: Messages on their way at once by BDAT (RFC 3030); 0: BDAT is not used.
    window: int = 0
    #: Gives the header that is put before a message's content (DKIM).
    sign: Callable[[bytes], bytes] | None = None

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.tls != "none"
