"""Asking others what the check before sending can't know by itself: links, the sender's DNS, SpamAssassin."""

from newsletter.issues.lookups.look_up import LookedUp, look_up

__all__ = ["LookedUp", "look_up"]
