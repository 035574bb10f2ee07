"""Mailchimp in the admin: connecting a newsletter, keeping its audience in step, what differs. Nothing waits for it."""
