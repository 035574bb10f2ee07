"""A single block as the mail shows it, before there is an issue: for whoever chooses one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wagtail.images.models import Image

from blog.models import StoryPage
from core.models import PublicationSettings
from newsletter.issues.render.issue_blocks import part_of
from newsletter.issues.render.layout import context_of, lay_out_html
from newsletter.issues.render.parts import AROUND, FooterPart, MastheadPart
from newsletter.issues.render.sheet import Sheet
from newsletter.models import Issue, Newsletter

if TYPE_CHECKING:
    from newsletter.issues.render.parts import Part


def preview_of_block(kind: str, value: Any) -> str:
    """The HTML document of a mail that holds this block only, as the first newsletter would send it.

    A block that shows a story or a picture, and has none yet, shows the latest one.
    """
    publication = PublicationSettings.of_default_site()
    newsletter = Newsletter.objects.order_by("pk").first() or Newsletter(name=publication.name, slug="newsletter")
    issue = Issue(newsletter=newsletter, subject="")
    part = part_of(kind, _filled(kind, value), Sheet.of(newsletter, publication))
    parts: list[Part] = [part] if part else []
    context = context_of(issue, parts, publication)
    if not isinstance(part, MastheadPart):
        context["masthead"] = None
    if not isinstance(part, FooterPart):
        context["foot"] = None
    if part and not isinstance(part, AROUND):
        context["alone"] = True
    return lay_out_html({**context, "web": True})


def _filled(kind: str, value: Any) -> Any:
    if kind == "story" and not value.get("story"):
        return {**value, "story": StoryPage.objects.for_readers().first()}
    if kind == "image" and not value.get("image"):
        image = Image.objects.order_by("-pk").first()
        if image:
            image.decorative, image.contextual_alt_text = False, image.title
        return {**value, "image": image}
    return value
