"""Message backend for SMTP: a conversation without I/O, one asyncio shell around it, one relay or several."""

from newsletter.backends.smtp.backend import SmtpBackend

__all__ = ["SmtpBackend"]
