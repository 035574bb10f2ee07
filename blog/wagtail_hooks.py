"""What stories add to Wagtail's admin. Registers only; what is registered lives in its own room."""

from __future__ import annotations

from wagtail import hooks

from blog.rich_text import features

hooks.register("register_rich_text_features", features.register)
hooks.register("register_admin_urls", features.admin_urls)
