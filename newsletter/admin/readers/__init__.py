"""Readers in the admin: the list, many at once, one reader with the evidence, adding by hand, suppressed addresses."""
