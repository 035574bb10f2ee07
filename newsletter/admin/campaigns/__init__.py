"""Campaigns in the admin: the list, one campaign while it is sent, its ledger, and what people do to it."""
