"""Turning files that doctors really have into drafts."""
