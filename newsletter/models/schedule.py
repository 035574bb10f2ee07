"""What goes out by itself: rules that compose issues, what each of them has done, and the switch that stops it all."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.audience import Frequency


class Weekday(models.IntegerChoices):
    """As `datetime.date.weekday` counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class WeekOfMonth(models.IntegerChoices):
    FIRST = 1, _("first")
    SECOND = 2, _("second")
    THIRD = 3, _("third")
    FOURTH = 4, _("fourth")
    LAST = 5, _("last")


class ComposedInto(models.TextChoices):
    """What a rule makes of new stories."""

    DRAFT = "draft", _("a draft that somebody approves")
    CAMPAIGN = "campaign", _("an issue that goes out by itself")


class Schedule(models.Model):
    """A newsletter's rule for the readers of one frequency: when an issue of new stories is composed for them."""

    newsletter = models.ForeignKey("newsletter.Newsletter", on_delete=models.PROTECT, related_name="schedules")
    frequency = models.CharField(_("for those who read"), max_length=10, choices=Frequency)
    active = models.BooleanField(_("switched on"), default=False)
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday, default=Weekday.TUESDAY)
    week = models.PositiveSmallIntegerField(
        _("which one of the month"), choices=WeekOfMonth, default=WeekOfMonth.FIRST, help_text=_("Monthly only.")
    )
    time = models.TimeField(_("time"), default=time(9))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    quiet_minutes = models.PositiveSmallIntegerField(
        _("minutes of quiet"),
        default=30,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("Each story: it waits so long for another one that is published close to it, and takes it along."),
    )
    lead_hours = models.PositiveSmallIntegerField(
        _("hours to approve it"),
        default=24,
        validators=[MaxValueValidator(7 * 24)],
        help_text=_("A draft is composed so long before its time."),
    )
    least_stories = models.PositiveSmallIntegerField(
        _("at least"), default=1, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    most_stories = models.PositiveSmallIntegerField(
        _("at most"), default=10, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    composed_into = models.CharField(_("becomes"), max_length=10, choices=ComposedInto, default=ComposedInto.DRAFT)
    template = models.ForeignKey(
        "newsletter.IssueTemplate",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="schedules",
        verbose_name=_("starts from"),
    )
    #: Stories that were published before are no news to it; set when it is switched on.
    since = models.DateTimeField(default=timezone.now, editable=False)
    #: Instants before are none of it: set when it is switched on, and when its hour is changed.
    timed_from = models.DateTimeField(default=timezone.now, editable=False)
    #: Why it could not do what it was due for, and when it tries again; empty once it could.
    failure = models.TextField(blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)
    retry_at = models.DateTimeField(null=True, editable=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("schedule")
        ordering = ["newsletter", "frequency"]
        constraints = [models.UniqueConstraint(fields=["newsletter", "frequency"], name="one_schedule_per_frequency")]

    def __str__(self) -> str:
        return f"{self.newsletter}: {self.get_frequency_display()}"


class RunOutcome(models.TextChoices):
    DRAFTED = "drafted", _("composed for approval")
    SCHEDULED = "scheduled", _("composed and scheduled")
    BLOCKED = "blocked", _("composed, and the check found something")
    NOTHING_NEW = "nothing_new", _("nothing new")
    TOO_FEW = "too_few", _("too few stories")
    MISSED = "missed", _("missed: no worker ran")


class ScheduleRun(models.Model):
    """One time that a schedule came due, exactly once; the row is written with what it made, or not at all."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="runs")
    #: The instant that the rule names, in UTC.
    due_at = models.DateTimeField()
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=RunOutcome)
    issue = models.ForeignKey(
        "newsletter.Issue", null=True, blank=True, on_delete=models.SET_NULL, related_name="schedule_runs"
    )
    stories = models.PositiveSmallIntegerField(default=0)
    #: Stories that were released after this are the next run's.
    covers_until = models.DateTimeField()
    detail = models.TextField(blank=True)

    class Meta:
        verbose_name = _("run of a schedule")
        ordering = ["-due_at"]
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="one_run_per_instant")]

    def __str__(self) -> str:
        return f"{self.schedule_id} at {self.due_at}: {self.outcome}"


class ScheduledStory(models.Model):
    """A story that had its turn with a schedule: it is put into one issue of it and never into a second."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="had_their_turn")
    run = models.ForeignKey(ScheduleRun, on_delete=models.CASCADE, related_name="story_rows")
    story = models.ForeignKey("blog.StoryPage", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "story"], name="one_turn_per_schedule")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"story {self.story_id} in run {self.run_id}"


class SendingHalt(models.Model):
    """While its one row exists nothing starts, nothing is composed, and what was being sent is paused."""

    name = models.CharField(max_length=10, primary_key=True, default="all", editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    since = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    #: Ids of the campaigns that it paused: they go on when it ends.
    paused = models.JSONField(default=list)

    class Meta:
        verbose_name = _("halt")
        default_permissions = ()

    def __str__(self) -> str:
        return f"everything stands still since {self.since}"
