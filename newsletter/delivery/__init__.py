"""Sending campaigns: the only writer of delivery state, and the worker that drives it."""
