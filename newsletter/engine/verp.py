"""The return path of one delivery: a bounce comes back to an address that says whose it is and can't be forged."""

import re
import struct

from newsletter.engine.tokens import KeyRing, Purpose, Sealer, TokenError, unseal

#: A forger has one guess per mail that he sends us, so half the usual tag is enough and keeps the address short.
_TAG_BYTES = 8
_DELIVERY_ID = struct.Struct(">Q")
_LOCAL_PART = re.compile(r"bounces\+([0-9a-f]{40})@", re.IGNORECASE | re.ASCII)  # 20 bytes: key id, tag, delivery


def return_path(delivery_id: int, *, domain: str, ring: KeyRing) -> str:
    """`bounces+<40 characters>@domain`, the envelope sender of one delivery (variable envelope return path).

    Hexadecimal: relays may change the case of an address, and bounces quote it in any. The same delivery always gets
    the same one.
    """
    return ReturnPaths(domain=domain, ring=ring).of(delivery_id)


class ReturnPaths:
    """Makes the return paths of many deliveries."""

    def __init__(self, *, domain: str, ring: KeyRing) -> None:
        self._domain = domain
        self._seal = Sealer(purpose=Purpose.BOUNCE, key=ring.keys[0], size=_DELIVERY_ID.size, tag_bytes=_TAG_BYTES).seal

    def of(self, delivery_id: int) -> str:
        return f"bounces+{self._seal(_DELIVERY_ID.pack(delivery_id)).hex()}@{self._domain}"


def read_return_path(address: str, *, ring: KeyRing) -> int:
    """The id of the delivery that bounced.

    Raises:
        TokenError: not one of our return paths; a forged bounce must suppress nobody.
    """
    found = _LOCAL_PART.match(address.strip().removeprefix("<"))
    if found is None:
        raise TokenError("This is not a return path of ours.")
    sealed = bytes.fromhex(found[1])
    delivery_id: int
    (delivery_id,) = _DELIVERY_ID.unpack(unseal(sealed, purpose=Purpose.BOUNCE, ring=ring, tag_bytes=_TAG_BYTES))
    return delivery_id
