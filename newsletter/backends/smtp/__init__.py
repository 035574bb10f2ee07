"""Message backend for SMTP: several plain connections to one relay."""

from newsletter.backends.smtp.backend import SmtpBackend

__all__ = ["SmtpBackend"]
