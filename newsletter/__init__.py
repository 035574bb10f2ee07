"""Mailing stories to readers: audience, issues, delivery."""
