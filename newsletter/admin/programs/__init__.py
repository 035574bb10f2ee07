"""Other programs in the admin: API tokens and outgoing webhooks."""
