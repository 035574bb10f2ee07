"""Newsletters: what one can subscribe to, and from whom it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, ObjectList
from wagtail.admin.views.generic import EditView, InspectView
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from core.refusals import may, user_of
from newsletter.admin.instants import zone_choices
from newsletter.admin.mailchimp.access import CONNECT, ICON
from newsletter.admin.mailed_by import MailedByPanel
from newsletter.admin.newsletter_form import NewsletterForm
from newsletter.admin.sign_ups.embed import EmbedView
from newsletter.admin.sign_ups.welcome import WelcomeView
from newsletter.engine.warm_up import DAYS, cap
from newsletter.issues.choosing_backend import in_words
from newsletter.issues.errors import IssueError
from newsletter.models import Newsletter

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractUser


def zone_select() -> forms.Select:
    return forms.Select(choices=zone_choices(["UTC"]))


SPEED_HELP = _(
    "Empty: as fast as the mail server takes them. They go out evenly, never in bursts. While an issue is being sent,"
    " its campaign can be given a speed of its own."
)
BACKEND_HELP = _("Not while an issue of it is scheduled or going out.")
CLICKS_HELP = _(
    "How often each link is followed, hour by hour, and never by whom: all readers get the same links, which pass"
    " through this site. Readers see the site's address where a link leads, not the page's, and the privacy page tells"
    " them that clicks are counted. Holds for issues that are scheduled from now on."
)
DOMAIN_LIMITS_HELP = _(
    "A line each: a domain and the most mails an hour to it, such as “gmail.com 20000”. Domains of one provider can"
    " share a line: “outlook.com hotmail.com live.com 10000”. Mail to everybody else goes on meanwhile."
)
WARM_UP_HELP = format_lazy(
    _(
        "For a new sender, whom mail providers don’t know yet. On this day at most {first} mails go out, {second} on"
        " the 8th, {third} on the 15th, {fourth} on the 29th, and after {days} days as many as there are. What is left"
        " of an issue goes out on the next day by itself."
    ),
    **{name: f"{cap(day):,}" for name, day in (("first", 1), ("second", 8), ("third", 15), ("fourth", 29))},
    days=DAYS,
)


def accent_input() -> forms.TextInput:
    """Typed, not picked: the complaint about a pale colour names one that can be pasted here."""
    return forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "characters", "size": 9})


def lines_input() -> forms.Textarea:
    """For text that is no prose: a line each."""
    return forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off", "autocorrect": "off"})


def pages_of(newsletter: Newsletter, user: AbstractUser) -> list[Button]:
    """What else there is to see of a newsletter."""
    pages = [
        ("newsletter_newsletters:embed", _("Put the form on another site"), "code"),
        ("newsletter_newsletters:welcome", _("See the welcome"), "mail"),
    ]
    if may(user, required=CONNECT):
        pages.append(("newsletter_mailchimp:newsletter", _("Mailchimp"), ICON))
    return [Button(label, url=reverse(name, args=[newsletter.pk]), icon_name=icon) for name, label, icon in pages]


class NewsletterEditView(EditView):
    def form_valid(self, form: NewsletterForm) -> HttpResponse:
        try:
            answer: HttpResponse = super().form_valid(form)
        except IssueError as error:  # a campaign was scheduled, or another backend chosen, just now
            form.add_error(None, str(error))
            self.produced_error_message = self.get_error_message()
            answer = super().form_invalid(form)
        return answer

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *pages_of(self.object, user_of(self.request))]


class NewsletterInspectView(InspectView):
    def get_field_label(self, field_name: str, field: Any) -> str:
        label: str = super().get_field_label(field_name, field)
        return str(_("Mailed by")) if field_name == "backend" else label

    def get_backend_display_value(self) -> str:
        said: str = capfirst(in_words(self.object.backend))
        return said

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        return [*super().header_more_buttons, *pages_of(self.object, user_of(self.request))]


def shown_panels() -> list[MultiFieldPanel]:
    """What readers meet: its name, its look, and what it asks them for."""
    return [
        MultiFieldPanel(
            [FieldPanel("name"), FieldPanel("slug"), FieldPanel("description")], heading=_("What readers see")
        ),
        MultiFieldPanel(
            [FieldPanel("sender_name"), FieldPanel("sender_email"), FieldPanel("reply_to")],
            heading=_("From whom it comes"),
        ),
        MultiFieldPanel(
            [FieldPanel("time_zone", widget=zone_select()), FieldPanel("language"), FieldPanel("hidden")],
            heading=_("Where and how"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("logo"),
                FieldPanel("logo_dark"),
                FieldPanel("accent", widget=accent_input()),
                FieldPanel("footer"),
            ],
            heading=_("How it looks"),
            help_text=_("Each issue, in the mail and in the archive."),
        ),
        MultiFieldPanel([FieldPanel("asks_topics")], heading=_("Signing up")),
        MultiFieldPanel([FieldPanel("tracks_clicks", help_text=CLICKS_HELP)], heading=_("Clicks")),
    ]


def mailing_panels() -> list[MultiFieldPanel]:
    """How it goes out: after whose look, with which welcome, by which backend and how fast."""
    return [
        MultiFieldPanel(
            [FieldPanel("approval"), FieldPanel("hold_minutes")],
            heading=_("Before something goes out"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("welcomes"),
                FieldPanel("welcome_subject"),
                FieldPanel("welcome_text"),
                FieldPanel("welcome_stories"),
            ],
            heading=_("The welcome"),
            help_text=_("Goes to new readers with the latest stories, and with links to change and to end it."),
        ),
        MultiFieldPanel([FieldPanel("test_addresses", widget=lines_input())], heading=_("Tests")),
        MultiFieldPanel(
            [
                MailedByPanel(),
                FieldPanel("backend", heading=_("Mailed by"), help_text=BACKEND_HELP),
                FieldPanel("uncertain_policy"),
                FieldPanel("keeps_replies"),
            ],
            heading=_("Delivery"),
            classname="collapsed",
        ),
        MultiFieldPanel(
            [
                FieldPanel("messages_per_hour", help_text=SPEED_HELP),
                FieldPanel("domain_limits", help_text=DOMAIN_LIMITS_HELP, widget=lines_input()),
                FieldPanel("warms_up_from", help_text=WARM_UP_HELP),
            ],
            heading=_("Speed"),
            help_text=_(
                "Leave these empty unless your mail server or a mail provider asks you to send more slowly, or"
                " your sender is new. A change holds within a second, also for an issue that is being sent."
            ),
            classname="collapsed",
        ),
    ]


class NewsletterViewSet(ModelViewSet):
    model = Newsletter
    edit_view_class = NewsletterEditView
    inspect_view_class = NewsletterInspectView
    name = "newsletter_newsletters"
    url_prefix = "newsletter/newsletters"
    icon = "list-ul"
    menu_label = _("Newsletters")
    menu_name = "newsletter-newsletters"
    list_display = ["name", "description", "time_zone"]
    inspect_view_enabled = True
    inspect_view_fields = [
        *("name", "slug", "description"),
        *("sender_name", "sender_email", "reply_to", "time_zone", "backend"),
    ]
    #: A newsletter is hidden, not deleted: its issues, campaigns and consents refer to it.
    copy_view_enabled = False

    def get_edit_handler(self) -> Any:
        panels = [*shown_panels(), *mailing_panels()]
        return ObjectList(panels, base_form_class=NewsletterForm).bind_to_model(self.model)

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        common: dict[str, Any] = super().get_common_view_kwargs(**{**kwargs, "delete_url_name": None})
        return common

    def get_urlpatterns(self) -> list[Any]:
        kept = [pattern for pattern in super().get_urlpatterns() if pattern.name != "delete"]
        return [
            *kept,  # the list first: the menu leads to it
            path("embed/<int:pk>/", EmbedView.as_view(), name="embed"),
            path("welcome/<int:pk>/", WelcomeView.as_view(), name="welcome"),
        ]
