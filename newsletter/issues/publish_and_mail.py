"""Publish and email: one story goes live and into one issue that is scheduled, all of it or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from blog.editorial.gate import PublishRefusedError
from blog.models import StoryPage
from newsletter.issues.choosing_backend import hold_backend
from newsletter.issues.compose import compose, preset_preview, preset_subject
from newsletter.issues.errors import IssueError
from newsletter.issues.queries import mailable_stories
from newsletter.issues.schedule import schedule
from newsletter.issues.versions import name_of, name_of_audience
from newsletter.models import CampaignStory, Issue

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import AbstractBaseUser

    from newsletter.models import Campaign, Newsletter


class PublishError(IssueError):
    """The story can't be published, so nothing was sent either. Nothing was changed."""


class LookAgainError(PublishError):
    """Something else would go out than the page showed; the text says what is different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the issue shall be; `display` is how much of the story stands in the mail."""

    newsletter: Newsletter
    subject: str
    preview_text: str
    display: str

    @classmethod
    def preset(cls, story: StoryPage, newsletter: Newsletter, *, display: str) -> Plan:
        return cls(
            newsletter=newsletter,
            subject=preset_subject([story]),
            preview_text=preset_preview([story]),
            display=display,
        )


def as_if_published(story: StoryPage) -> StoryPage:
    """The latest draft as readers would see it; nothing is saved."""
    draft: StoryPage = story.get_latest_revision_as_object()
    draft.live = True
    draft.live_revision_id = story.latest_revision_id
    return draft


def rehearsed(story: StoryPage, plan: Plan) -> Issue:
    """The issue that would go out, as if the story were live; nothing is saved."""
    return Issue(
        newsletter=plan.newsletter,
        subject=plan.subject,
        preview_text=plan.preview_text,
        body=[("story", _card(as_if_published(story), plan))],
        live=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows of a plan, by names: whoever confirms it posts them back, and only that is sent.

    `story` changes with its version, and once it was mailed; `audience` with whom the newsletter goes to and who mails
    it; `when` is empty for as soon as possible.
    """

    story: str
    newsletter: str
    audience: str
    when: str

    @classmethod
    def of(cls, story: StoryPage, plan: Plan, *, at: datetime | None) -> Shown:
        return cls(
            story=standing(story),
            newsletter=str(plan.newsletter.pk),
            audience=name_of_audience(rehearsed(story, plan)),
            when=at.astimezone(UTC).isoformat() if at else "",
        )

    @classmethod
    def read(cls, posted: str) -> Shown | None:
        """What a form posted back; None for what no page shows."""
        names = posted.split("~")
        if len(names) != len(cls.__slots__):
            return None
        story, newsletter, audience, when = names
        return cls(story=story, newsletter=newsletter, audience=audience, when=when)

    def __str__(self) -> str:
        return "~".join((self.story, self.newsletter, self.audience, self.when))


def standing(story: StoryPage) -> str:
    """Names the version of the story, and how often it was mailed: once either has changed, one has to look again."""
    current = StoryPage.objects.select_related("latest_revision").get(pk=story.pk)
    return f"{name_of(current.latest_revision)}-{current.live}-{CampaignStory.objects.filter(story=story.pk).count()}"


def publish_and_mail(
    story: StoryPage,
    plan: Plan,
    *,
    seen: Shown | None,
    at: datetime,
    time_zone: str,
    user: AbstractBaseUser,
    now: datetime,
    at_once: bool = False,
) -> Campaign:
    """Publish the story's latest draft, compose an issue of it, approve and schedule that: all of it or nothing.

    Args:
        seen: what the person who confirms looked at; a second click comes with an old one.
        at_once: as `schedule` takes it.

    Raises:
        LookAgainError: that was something else.
        BackendChangedError: its newsletter was given to another backend just now.
        PublishError: the editorial check refuses it, or not everybody may read it.
        ScheduleError: the check before sending found a blocker, or somebody else has to approve.
    """
    with transaction.atomic():
        # Scheduling reads the newsletter anew: until then it stays the one that is compared here. It is locked before
        # the story, as by whoever schedules another issue with the same one.
        hold_backend(plan.newsletter)
        StoryPage.objects.select_for_update(of=("self",)).get(pk=story.pk)
        if difference := _differs(seen, Shown.of(story, plan, at=None if at_once else at), plan.newsletter):
            raise LookAgainError(difference)
        _publish(story, user)
        if not mailable_stories().filter(pk=story.pk).exists():
            raise PublishError(_("“%(title)s” can't be read by everybody. Make the page public first.") % _names(story))
        issue = compose(plan.newsletter, stories=[story.pk], user=user)
        issue.subject, issue.preview_text = plan.subject, plan.preview_text
        issue.body = [("story", _card(mailable_stories().get(pk=story.pk), plan))]
        issue.save()
        issue.save_revision(user=user)
        return schedule(issue, at=at, time_zone=time_zone, user=user, approve=True, now=now, at_once=at_once)


def _differs(seen: Shown | None, now: Shown, newsletter: Newsletter) -> str:
    """What would be another than was seen, for people; empty when it is the same."""
    if seen is None or seen.story != now.story:
        return _("This story was changed or mailed after you opened this page. Look at it again, then confirm.")
    if seen.newsletter != now.newsletter:
        return _(
            "You chose another newsletter than this page showed. Nothing was sent. This is what would go out as "
            "%(newsletter)s: look at it, then confirm."
        ) % {"newsletter": newsletter.name}
    if seen.audience != now.audience:
        return _(
            "The settings of %(newsletter)s, such as who mails it, were changed after you opened this page. Nothing "
            "was sent. Look at it again, then confirm."
        ) % {"newsletter": newsletter.name}
    if seen.when != now.when:
        return _(
            "It would go out at another time than this page showed. Nothing was sent. Look at the time below, then "
            "confirm."
        )
    return ""


def _publish(story: StoryPage, user: AbstractBaseUser) -> None:
    if story.live and not story.has_unpublished_changes:
        return
    revision = story.get_latest_revision() or story.save_revision(user=user)
    try:
        revision.publish(user=user)
    except PublishRefusedError as refusal:
        raise PublishError(str(refusal)) from refusal


def _card(story: StoryPage, plan: Plan) -> dict[str, object]:
    return {"story": story, "display": plan.display, "intro": "", "show_image": True}


def _names(story: StoryPage) -> dict[str, str]:
    return {"title": story.title}
