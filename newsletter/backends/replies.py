"""How the other side's last answer is kept: one line, short, and without the address it is about."""

import re

LONGEST_REPLY = 500

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def kept_reply(text: str, *, recipient: str) -> str:
    """The answer as it may be stored and logged: servers quote the recipient, and a reply outlives its mail.

    The address is taken out in any case and also when it is cut in two by a folded line.
    """
    line = _UNPRINTABLE.sub(" ", text).strip()
    if recipient:
        line = re.sub(re.escape(recipient), "…", line, flags=re.IGNORECASE)
    return line[:LONGEST_REPLY]
