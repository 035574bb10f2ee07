"""The outbox between publishing and mailing: one row per story that went live for the first time."""

from django.db import models
from django.utils import timezone


class StoryRelease(models.Model):
    """A story that may be mailed. Unique, so that a second signal for the same story changes nothing."""

    story = models.OneToOneField("blog.StoryPage", on_delete=models.CASCADE, related_name="+")
    released_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-released_at", "-id"]

    def __str__(self) -> str:
        return f"release of story {self.story_id}"
