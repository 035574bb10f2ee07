"""Readers that rules describe, in the admin: the list, the rules with a live count, tags and attributes."""
