"""The two menus of the newsletter: what is mailed, and who reads it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.snippets.views.snippets import SnippetViewSetGroup

from newsletter.admin.campaigns.viewset import CampaignViewSet
from newsletter.admin.issue_templates import IssueTemplateViewSet
from newsletter.admin.issues import IssueViewSet
from newsletter.admin.mailchimp.viewset import MailchimpViewSet
from newsletter.admin.newsletters import NewsletterViewSet
from newsletter.admin.privacy.views import PrivacyViewSet
from newsletter.admin.programs.endpoints import HookViewSet
from newsletter.admin.programs.tokens import TokenViewSet
from newsletter.admin.readers.viewset import ReaderViewSet
from newsletter.admin.schedules.viewsets import CalendarViewSet, ScheduleViewSet
from newsletter.admin.segments.marks import AttributeViewSet, TagViewSet
from newsletter.admin.segments.viewset import SegmentViewSet
from newsletter.admin.sign_ups.floods import FloodViewSet
from newsletter.admin.transfer.exports import ExportViewSet
from newsletter.admin.transfer.imports import ImportViewSet


class NewsletterGroup(SnippetViewSetGroup):
    items: tuple[Any, ...] = (
        IssueViewSet,
        CalendarViewSet,
        CampaignViewSet,
        ScheduleViewSet,
        IssueTemplateViewSet,
        NewsletterViewSet,
        MailchimpViewSet,
    )
    menu_label = _("Newsletter")
    menu_name = "newsletter"
    menu_icon = "mail"
    menu_order = 150


class ReadersGroup(SnippetViewSetGroup):
    items: tuple[Any, ...] = (
        ReaderViewSet,
        SegmentViewSet,
        TagViewSet,
        AttributeViewSet,
        ImportViewSet,
        ExportViewSet,
        PrivacyViewSet,
        FloodViewSet,
        TokenViewSet,
        HookViewSet,
    )
    menu_label = _("Readers")
    menu_name = "readers"
    menu_icon = "group"
    menu_order = 160
