"""App configuration."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Newsletter"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail.signals import page_published

        from blog.models import StoryPage
        from newsletter.issues.release import release_story

        page_published.connect(release_story, sender=StoryPage, dispatch_uid="newsletter.release_story")
