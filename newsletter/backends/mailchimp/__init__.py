"""Sending campaigns by Mailchimp: one adapter on its official client. It asks; what is wanted is decided elsewhere."""
