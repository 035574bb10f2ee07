"""How Mailchimp may write an address of ours: a domain with letters of its own as such, or as IDNA writes it."""

from __future__ import annotations

import idna

from newsletter.backends.mailchimp.ids import member_hash

_IDNA = "xn--"


def spellings(address: str) -> list[str]:
    """Of an address in its normal form, that one first. Mailchimp takes each for a mailbox of its own."""
    local_part, at, domain = address.rpartition("@")
    if _IDNA not in domain:
        return [address]
    try:
        return [address, f"{local_part}{at}{idna.decode(domain)}"]
    except UnicodeError:  # idna.IDNAError is one
        return [address]


def names_of(address: str) -> list[str]:
    """The hashes by which Mailchimp may know it, in the order of `spellings`."""
    return [member_hash(spelling) for spelling in spellings(address)]
