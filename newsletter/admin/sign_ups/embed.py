"""The form as plain HTML, for other sites: no script, nothing loaded from anywhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from blog.models import Topic
from newsletter.admin.sign_ups.welcome import OfNewsletter
from newsletter.audience.wording import version_for, words_of
from newsletter.models import Frequency, Newsletter


def snippet(newsletter: Newsletter) -> str:
    """What somebody pastes into a page: it posts to us, where the reader presses one more button."""
    with translation.override(newsletter.language):
        context = {
            "newsletter": newsletter,
            "action": urljoin(settings.BASE_URL, reverse("newsletter:subscribe")),
            "frequencies": Frequency.choices if newsletter.can.narrows else [],
            "topics": Topic.objects.all() if newsletter.asks_topics and newsletter.can.fits_reader else [],
            "languages": settings.LANGUAGES if len(settings.LANGUAGES) > 1 else [],
            "consent_text": words_of(version_for(newsletter)),
        }
        return render_to_string("newsletter/admin/sign_ups/embed_form.html", context)


class EmbedView(OfNewsletter):
    template_name = "newsletter/admin/sign_ups/embed.html"
    header_icon = "code"

    def get_page_title(self) -> str:
        return _("Put the form on another site")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        code = snippet(self.newsletter)
        return {**super().get_context_data(**kwargs), "code": code, "rows": code.count("\n") + 2}
