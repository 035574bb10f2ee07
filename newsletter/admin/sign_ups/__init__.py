"""Signing up, in the admin: floods to decide on, the form for other sites, the welcome as it looks."""
