"""Choosing a story for an issue: those that this publication has not mailed yet come first."""

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import PageChooserBlock


class StoryChooserBlock(PageChooserBlock):
    """For now any live story; the chooser of `newsletter.admin` narrows it to those not yet sent."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.pop("page_type", None)
        super().__init__(page_type="blog.StoryPage", **kwargs)

    class Meta:
        label = _("story")
