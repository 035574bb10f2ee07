"""The rules of the check before sending, by what they look at: the content, the message, the HTML."""
