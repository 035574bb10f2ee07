"""The one "Newsletter" menu."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from newsletter.admin.campaigns import CampaignViewSet
from newsletter.admin.issues import IssueViewSet
from newsletter.admin.newsletters import NewsletterViewSet
from newsletter.admin.subscribers import SubscriberViewSet


class NewsletterGroup(SnippetViewSetGroup):
    items: tuple[Any, ...] = (IssueViewSet, CampaignViewSet, SubscriberViewSet, NewsletterViewSet)
    menu_label = _("Newsletter")
    menu_name = "newsletter"
    menu_icon = "mail"
    menu_order = 150
