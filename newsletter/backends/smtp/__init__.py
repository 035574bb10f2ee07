"""Handing messages to an SMTP relay over several connections."""
