"""Marks texts for translation in rooms that don't know Django: `makemessages` finds what stands in `_(...)`.

Who shows such a text translates it, by `gettext` of the same text.
"""

from __future__ import annotations


def _(text: str) -> str:
    return text
