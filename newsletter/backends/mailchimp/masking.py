"""Taking out of Mailchimp's own words whatever tells who somebody is, or a key: its error texts quote both."""

from __future__ import annotations

import re
from collections.abc import Collection

#: The words of an error are for one line of a page.
LONGEST = 300
_MASK = "(…)"
#: An address in whatever spelling: quoted, percent-encoded, with the at sign of another script. It is looked for from
#: the beginning of a word only: from each letter, a word of a megabyte would take hours.
_ADDRESS = re.compile(r"""(?:"[^"]*"|(?<![^\s"<>])[^\s"<>]*)(?:@|%40|＠|﹫|&#64;|\\u0040)\S*""", re.IGNORECASE)
#: A key, or the hash of an address.
_DIGITS = re.compile(r"[0-9a-f]{32,}(?:-us[0-9]+)?", re.IGNORECASE)


def masked(text: str, private: Collection[str] = ()) -> str:
    """One printable line without addresses, keys and hashes, and without each of `private`."""
    for value in sorted(private, key=len, reverse=True):
        if len(value) > 1:
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", _MASK, text, flags=re.IGNORECASE)
    text = _DIGITS.sub(_MASK, _ADDRESS.sub(_MASK, text))
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
