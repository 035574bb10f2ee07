"""Root of what this room raises."""


class DeliveryError(Exception):
    """Something about a campaign can't be done; the text is for the person who asked."""
