"""The Message-ID of one delivery: a retry, a resend and the ledger all name the same one."""

import hashlib

from newsletter.engine.tokens import KeyRing, Purpose


def message_id(campaign_id: int, delivery_id: int, *, domain: str, ring: KeyRing) -> str:
    """`<digest.campaign@domain>`, angle brackets included (RFC 5322 section 3.6.4).

    Made with the oldest key: a key that is added in the middle of a campaign must not give a resend a new identity, by
    which mail programs fold duplicates.
    """
    delivery = f"{campaign_id}.{delivery_id}".encode()
    digest = hashlib.blake2b(
        delivery, key=ring.keys[-1], digest_size=16, person=Purpose.MESSAGE_ID.encode()
    ).hexdigest()
    return f"<{digest}.{campaign_id}@{domain}>"
