"""Counting clicks: from a request for `/r/<campaign>/<number>` to the hourly counts of its link."""
