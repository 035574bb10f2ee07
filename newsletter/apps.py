"""App configuration: connects what Wagtail tells and asks."""

from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Newsletter"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.core.checks import Tags, register
        from wagtail.signals import page_published

        from blog.models import StoryPage
        from newsletter.admin.preview import serve_preview
        from newsletter.backends.checks import check_backends
        from newsletter.delivery.checks import check_lease
        from newsletter.issues.chosen_backends import check_chosen_backends
        from newsletter.issues.release import release_story
        from newsletter.models import Issue

        register(check_backends)
        register(check_lease)
        register(check_chosen_backends, Tags.database)
        page_published.connect(release_story, sender=StoryPage, dispatch_uid="newsletter.release_story")
        Issue.previewer = serve_preview
