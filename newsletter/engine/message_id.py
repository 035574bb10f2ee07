"""The Message-ID of one delivery: a retry, a resend and the ledger all name the same one."""

import hashlib

from newsletter.engine.tokens import KeyRing, Purpose


class MessageIds:
    """Makes the Message-IDs of a campaign's deliveries.

    With the oldest key: a key that is added in the middle of a campaign must not give a resend a new identity, by which
    mail programs fold duplicates.
    """

    def __init__(self, campaign_id: int, *, domain: str, ring: KeyRing) -> None:
        self._prefix = f"{campaign_id}."
        self._rest = f".{campaign_id}@{domain}>"
        self._hash = hashlib.blake2b(key=ring.keys[-1], digest_size=16, person=Purpose.MESSAGE_ID.encode())

    def of(self, delivery_id: int) -> str:
        """`<digest.campaign@domain>`, angle brackets included (RFC 5322 section 3.6.4)."""
        digest = self._hash.copy()
        digest.update(f"{self._prefix}{delivery_id}".encode())
        return f"<{digest.hexdigest()}{self._rest}"


def message_id(campaign_id: int, delivery_id: int, *, domain: str, ring: KeyRing) -> str:
    """The Message-ID of one delivery; for many see `MessageIds`."""
    return MessageIds(campaign_id, domain=domain, ring=ring).of(delivery_id)
