"""What can be wrong with a message before it exists."""


class MessageError(ValueError):
    """The message can't be made from what was given; the text names the part and the remedy, never a recipient."""
