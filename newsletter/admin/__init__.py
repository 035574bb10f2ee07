"""The newsletter's rooms in Wagtail's admin: composer, send dialog, campaigns, roles, dashboard."""
