"""App configuration."""

from django.apps import AppConfig


class BlogConfig(AppConfig):
    name = "blog"
    verbose_name = "Stories"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put the editorial check before readers. Here, because models must not know what is asked of them."""
        from blog.editorial.gate import refuse_unsettled
        from blog.models.gated import guard

        guard(refuse_unsettled)
