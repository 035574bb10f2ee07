"""Who reads: newsletters, subscribers, and what each of them wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.fields import RichTextField

from newsletter.backends import registry
from newsletter.engine.colours import READABLE, WHITE, contrast, darker, is_colour
from newsletter.engine.limits import LimitsError, parse
from newsletter.engine.subscriptions import EndReason, SubscriptionState

if TYPE_CHECKING:
    from datetime import datetime

    from core.models import PublicationSettings
    from newsletter.backends.base import Capabilities


class Frequency(models.TextChoices):
    EACH_STORY = "each_story", _("Each story")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")


class UncertainPolicy(models.TextChoices):
    HOLD = "hold", _("Leave it to a person")
    RESEND_ONCE = "resend_once", _("Send once more under the same Message-ID")


class Approval(models.TextChoices):
    ANYBODY = "anybody", _("anybody who may approve, the writer too")
    SOMEBODY_ELSE = "somebody_else", _("somebody who did not write this version")


class NewsletterQuerySet(models.QuerySet["Newsletter"]):
    def visible(self) -> NewsletterQuerySet:
        return self.filter(hidden=False)


class Newsletter(models.Model):
    """What one subscribes to."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("slug"), unique=True, help_text=_("Part of the address of its archive."))
    description = models.CharField(_("description"), max_length=250, blank=True)
    sender_name = models.CharField(_("sender name"), max_length=80, blank=True)
    sender_email = models.EmailField(_("sender address"), blank=True)
    reply_to = models.EmailField(_("replies go to"), blank=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    hidden = models.BooleanField(_("hidden"), default=False, help_text=_("Takes no sign-ups and has no public page."))
    backend = models.CharField(_("backend"), max_length=40, default="default")
    uncertain_policy = models.CharField(
        _("when an answer was lost"), max_length=12, choices=UncertainPolicy, default=UncertainPolicy.HOLD
    )
    keeps_replies = models.BooleanField(
        _("keep every answer"),
        default=False,
        help_text=_("The mail server's answer for each accepted mail too, not only for refusals and delays."),
    )
    messages_per_hour = models.PositiveIntegerField(
        _("most mails an hour"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: no limit."),
    )
    #: `newsletter.engine.limits` reads it.
    domain_limits = models.TextField(
        _("limits for single mail providers"),
        blank=True,
        help_text=_("A line each: a domain and the most mails an hour to it, such as “gmail.com 20000”."),
    )
    warms_up_from = models.DateField(
        _("warm up from"),
        null=True,
        blank=True,
        help_text=_("For a new sender: few mails on this day, more each day, all of them after six weeks."),
    )
    asks_topics = models.BooleanField(
        _("ask for topics"), default=True, help_text=_("The form to subscribe offers them; none ticked means all.")
    )
    welcomes = models.BooleanField(
        _("welcome new readers"), default=True, help_text=_("One mail, as soon as somebody has confirmed.")
    )
    welcome_subject = models.CharField(
        _("subject of the welcome"), max_length=150, blank=True, help_text=_("Empty: Welcome to, and its name.")
    )
    welcome_text = RichTextField(_("text of the welcome"), features=["bold", "italic", "link", "ul", "ol"], blank=True)
    welcome_stories = models.PositiveSmallIntegerField(
        _("latest stories in it"), default=3, validators=[MaxValueValidator(5)]
    )
    logo = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("logo"),
        help_text=_("Stands in place of the name. At least 600 pixels wide, on a light ground."),
    )
    logo_dark = models.ForeignKey(
        "wagtailimages.Image",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        verbose_name=_("logo in the dark"),
        help_text=_("The same for mail programs with a dark ground. Empty: the logo above, on a light plate."),
    )
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#0F5C63",
        help_text=_("Of links and buttons, such as #0F5C63."),
    )
    footer = models.TextField(
        _("words at the foot"), blank=True, max_length=600, help_text=_("Above the postal address, in each issue.")
    )
    test_addresses = models.TextField(
        _("tests may also go to"),
        blank=True,
        help_text=_("A line each. Everybody may send tests to their own address; these are open to them besides."),
    )
    tracks_clicks = models.BooleanField(
        _("count clicks"),
        default=False,
        help_text=_("How often each link is followed, by nobody in particular: readers all get the same links."),
    )
    approval = models.CharField(_("approved by"), max_length=16, choices=Approval, default=Approval.ANYBODY)
    hold_minutes = models.PositiveSmallIntegerField(
        _("minutes to change one's mind"),
        default=10,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("What is sent or scheduled here waits at least this long, and one click calls it back."),
    )

    objects = NewsletterQuerySet.as_manager()

    class Meta:
        verbose_name = _("newsletter")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError: a limit or a colour can't be used; says which, and what to write."""
        super().clean()
        problems: dict[str, list[str]] = {}
        try:
            parse(self.domain_limits)
        except LimitsError as error:
            problems["domain_limits"] = [gettext(problem.wording.value) % problem.values for problem in error.problems]
        self.accent = self.accent.strip().upper()
        if complaint := self._accent_problem():
            problems["accent"] = [complaint]
        if problems:
            raise ValidationError(problems)

    def _accent_problem(self) -> str:
        if not is_colour(self.accent):
            return gettext("Write the colour as # and six digits or letters from A to F, such as #0F5C63.")
        ratio = contrast(self.accent, WHITE)
        if ratio >= READABLE:
            return ""
        return gettext(
            "Words in %(accent)s on white are too pale to read (contrast %(ratio).1f to 1, it takes %(least).1f). The "
            "nearest darker colour that would do is %(darker)s."
        ) % {"accent": self.accent, "ratio": ratio, "least": READABLE, "darker": darker(self.accent, [WHITE])}

    @property
    def can(self) -> Capabilities:
        """What its backend can do: nothing else is offered to editors and readers."""
        return registry.abilities(self.backend)

    def sender(self, publication: PublicationSettings) -> tuple[str, str]:
        """(name, address) that its mails come from; the address is empty where nobody has set one."""
        name = self.sender_name or publication.sender_name or publication.name
        return name, self.sender_email or publication.sender_email


class Subscriber(models.Model):
    """One mailbox. The address is kept in its one normal form (`newsletter.engine.addresses`)."""

    email = models.CharField(_("address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=100, blank=True)
    language = models.CharField(_("language"), max_length=12, blank=True, help_text=_("Empty: the newsletter's."))
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, help_text=_("Empty: the newsletter's."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("subscriber")
        indexes = [models.Index(fields=["language"], name="subscriber_language")]
        permissions = [
            ("import_subscriber", "Can import readers from files"),
            ("export_subscriber", "Can export readers into files"),
            ("erase_subscriber", "Can erase readers"),
        ]

    def __str__(self) -> str:
        return self.email


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def pending(self) -> SubscriptionQuerySet:
        return self.filter(state=SubscriptionState.PENDING)

    def confirmed(self) -> SubscriptionQuerySet:
        return self.filter(state=SubscriptionState.CONFIRMED)

    def receiving(self, now: datetime) -> SubscriptionQuerySet:
        """Confirmed, and not on a pause that the reader chose."""
        return self.confirmed().filter(Q(paused_until=None) | Q(paused_until__lte=now))


class LeavingCause(models.TextChoices):
    """What a reader may tick when leaving. No free text: it could hold anything about a person."""

    TOO_MANY = "too_many", _("Too many mails")
    NOT_FOR_ME = "not_for_me", _("Not what I was looking for")
    NEVER_ASKED = "never_asked", _("I never asked for it")
    OTHER = "other", _("Something else")


class Subscription(models.Model):
    """One subscriber's relation to one newsletter; the states are those of `newsletter.engine.subscriptions`."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="subscriptions")
    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in SubscriptionState], default="pending")
    ended_reason = models.CharField(max_length=16, blank=True, choices=[(r.value, r.value) for r in EndReason])
    left_because = models.CharField(max_length=12, blank=True, choices=LeavingCause)
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.EACH_STORY)
    topics = models.ManyToManyField("blog.Topic", blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True, help_text="Nothing is mailed before.")
    #: When a campaign that reached this reader was finished; written for all of its readers at once.
    last_sent_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "subscriber"], name="one_subscription_per_newsletter"),
        ]
        # The last two only so that segments are counted in the index alone.
        indexes = [
            models.Index(
                fields=["newsletter", "state", "subscriber", "frequency", "confirmed_at"], name="subscription_audience"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subscriber_id} / {self.newsletter_id}: {self.state}"
