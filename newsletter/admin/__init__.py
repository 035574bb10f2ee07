"""The newsletter's part of Wagtail's admin."""
