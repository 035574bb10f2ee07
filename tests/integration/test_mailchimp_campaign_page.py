"""The page of a campaign that Mailchimp sends: where it stands, why it waits, what was counted; it asks nobody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.campaigns.controls import CONTROLS
from newsletter.admin.campaigns.remote_words import STATUS_WORDS, UNSURE
from newsletter.engine.remote_terms import Call, Status
from newsletter.models import (
    Campaign,
    ClockLease,
    MailchimpAccount,
    MailchimpCampaign,
    RemoteTask,
    RemoteTaskKind,
)
from tests.integration.admin_scene import Scene, log_in
from tests.integration.campaign_page_there import change, remote, sent, shown, words

__all__ = ["remote"]

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.django_db


def test_it_says_where_it_stands_and_leads_to_its_page_there(scene: Scene, remote: MailchimpCampaign) -> None:
    page = shown(scene)
    assert "Mailchimp has it, and sends it at its time" in page
    assert page.count("newsletter-there__done") == 4
    assert "https://us21.admin.mailchimp.com/campaigns/show?id=4711" in page
    assert "https://us21.campaign-archive.com/?id=abcdef0123" in page
    assert "No logo" in page
    assert "Looked at last" in page


def test_what_only_our_own_sending_has_is_not_there(scene: Scene, remote: MailchimpCampaign) -> None:
    page = shown(scene, "Owner")
    for name in ("speed", "uncertain"):
        assert reverse(f"newsletter_campaigns:{name}", args=[scene.campaign.pk]) not in page
    for said in ("As fast as the mail server takes them", "Clicks are not counted in this campaign", "a minute now"):
        assert said not in page


def test_why_it_waits_is_said_in_plain_words(scene: Scene, remote: MailchimpCampaign) -> None:
    now = timezone.now()
    change(remote, campaign={"state": "waiting", "reason": "<b>Nobody</b> answers.", "retry_at": now}, unsure_of="send")
    RemoteTask.objects.create(
        kind=RemoteTaskKind.CAMPAIGN,
        name=f"campaign:{scene.campaign.pk}",
        said="Mailchimp is out of order.",
        attempts=2,
        next_attempt_at=now + timedelta(minutes=10),
    )
    MailchimpAccount.objects.update(problem="The key was refused.")
    page = shown(scene)
    assert "&lt;b&gt;Nobody&lt;/b&gt; answers." in page
    assert "Mailchimp is out of order." in page
    assert "Mailchimp is asked again in about 10 minutes." in page
    assert "The key was refused." in page
    assert "asked to send it, and its answer was lost" in page
    assert "The mail server" not in page


def test_what_is_scheduled_there_goes_out_also_while_nobody_can_ask(scene: Scene, remote: MailchimpCampaign) -> None:
    reason: dict[str, object] = {"state": "waiting", "reason": "Mailchimp does not know this key."}
    change(remote, campaign=reason)
    assert "goes out at its time all the same" in shown(scene)
    change(remote, remote_status="save")
    page = shown(scene)
    assert "all the same" not in page
    assert "doesn't answer" not in page, "with a key that is refused nobody was asked"


def test_that_it_is_looked_at_again_while_it_goes_out_is_no_warning(scene: Scene, remote: MailchimpCampaign) -> None:
    now = timezone.now()
    change(remote, campaign={"state": "sending", "started_at": now}, remote_status="sending")
    ClockLease.objects.update_or_create(defaults={"ticked_at": now})
    RemoteTask.objects.update_or_create(
        name=f"campaign:{scene.campaign.pk}",
        defaults={"kind": RemoteTaskKind.CAMPAIGN, "next_attempt_at": now + timedelta(seconds=20)},
    )
    fragment = words(log_in("Analyst"), scene.address("newsletter_campaigns:live", "campaign"))
    assert "Mailchimp is asked again in" in fragment
    assert "help-warning" not in fragment


def test_what_was_done_over_there_stands_out(scene: Scene, remote: MailchimpCampaign) -> None:
    change(remote, campaign={"state": "held", "reason": "It was edited there."}, surprise="It was edited there.")
    page = shown(scene)
    assert 'help-critical" role="alert"' in page
    assert page.count("It was edited there.") == 1


def test_somebodys_wish_to_stop_it_is_shown_until_it_is(scene: Scene, remote: MailchimpCampaign) -> None:
    change(remote, cancel_wanted_at=timezone.now())
    assert "Somebody wants it stopped." in shown(scene)
    change(remote, campaign={"state": "cancelled"})
    assert "Somebody wants it stopped." not in shown(scene)


def asked(scene: Scene, control: str) -> str:
    """What is asked before it is done, as an editor reads it."""
    return words(log_in("Editor"), scene.address("newsletter_campaigns:control", f"campaign {control}"))


def test_whoever_releases_it_reads_why_it_is_held_and_no_promise_that_nobody_can_keep(
    scene: Scene, remote: MailchimpCampaign
) -> None:
    """It was asked to send it, and nobody knows what came of that: released, it is asked once more."""
    reason = "Mailchimp was asked to send it, and shows it as a draft."
    change(remote, campaign={"state": "held", "reason": reason}, send_asked_at=timezone.now(), unsure_of="send")
    page = shown(scene)
    assert "Release it</a>" in page, "by the word that the reasons use"
    assert "Before anything else is done" not in page, "it was looked up: therefore it is held"
    page = asked(scene, "release")
    assert reason in page
    assert "only there can be seen whether somebody has got it already" in page
    assert "nobody gets it twice" not in page
    assert "nobody gets it twice" in str(CONTROLS["release"].warning), "our own sending keeps that promise"


def test_what_is_held_for_another_reason_by_now_is_not_released_for_the_one_that_was_read(
    scene: Scene, remote: MailchimpCampaign
) -> None:
    """A colleague released it, its answer was lost, and releasing it now would ask Mailchimp to send it once more."""
    change(remote, campaign={"state": "held", "reason": "A story was withdrawn."})
    address, editor = scene.address("newsletter_campaigns:control", "campaign release"), log_in("Editor")
    read = editor.get(address).context["reason"]
    anew = "Mailchimp was asked to send it, and shows it as a draft."
    Campaign.objects.filter(pk=scene.campaign.pk).update(reason=anew)

    page = editor.post(address, {"reason": read}, follow=True)

    assert "It is held for another reason by now." in page.content.decode()
    assert anew in page.content.decode()
    assert Campaign.objects.get(pk=scene.campaign.pk).state == "held"
    editor.post(address, {"reason": page.context["reason"]})
    assert Campaign.objects.get(pk=scene.campaign.pk).state != "held"


def test_whoever_cancels_it_reads_what_mailchimp_can_and_can_not(scene: Scene, remote: MailchimpCampaign) -> None:
    change(remote, campaign={"state": "sending"})
    page = asked(scene, "cancel")
    assert "Mailchimp stops on paid plans only" in page
    assert "won&#x27;t get it" not in page


def test_of_our_own_sending_the_question_is_what_it_was(scene: Scene) -> None:
    Campaign.objects.filter(pk=scene.campaign.pk).update(state="held", reason="A story was withdrawn.")
    page = asked(scene, "release")
    assert "A story was withdrawn." in page
    assert "nobody gets it twice" in page


def done_of(page: str) -> list[str]:
    """The steps that are said to be done."""
    return re.findall(r'newsletter-there__done"> <svg.*?</svg> <span>([^<]+)<', page)


@pytest.mark.parametrize("status", ["", "gone"])
def test_of_a_campaign_that_was_called_back_nothing_is_said_to_be_sent_or_to_come(
    scene: Scene, remote: MailchimpCampaign, status: str
) -> None:
    change(remote, campaign={"state": "cancelled", "finished_at": timezone.now()}, remote_status=status)
    page = shown(scene)
    assert "Mailchimp has sent it" not in page
    assert "newsletter-there" not in page
    assert "admin.mailchimp.com" not in page or status != "gone", "no link to a page that is not there"


def test_of_one_that_was_stopped_in_the_middle_it_is_said_that_some_have_it(
    scene: Scene, remote: MailchimpCampaign
) -> None:
    change(remote, campaign={"state": "cancelled", "finished_at": timezone.now()}, remote_status="canceled")
    page = shown(scene)
    assert "some readers have got it" in page
    assert "Mailchimp sent it to some, then it was stopped" in done_of(page)
    assert "Mailchimp has sent it" not in page


def test_of_one_that_was_deleted_there_no_draft_is_said_to_be_there(scene: Scene, remote: MailchimpCampaign) -> None:
    change(remote, campaign={"state": "held", "reason": "It was deleted at Mailchimp."}, remote_status="gone")
    page = shown(scene)
    assert done_of(page) == []
    assert "admin.mailchimp.com" not in page
    assert "campaign-archive.com" not in page


@pytest.mark.parametrize("status", ["archived", "gone"])
def test_what_became_of_it_there_after_it_was_sent_takes_no_step_back(
    scene: Scene, remote: MailchimpCampaign, status: str
) -> None:
    sent(remote)
    change(remote, remote_status=status)
    assert len(done_of(shown(scene))) == 7
    change(remote, campaign={"state": "sending", "finished_at": None}, reported_at=None, ledger_filled_at=None)
    assert "Mailchimp has sent it" in done_of(shown(scene))


def test_whatever_mailchimp_may_say_or_leave_open_there_are_words_for_it() -> None:
    assert STATUS_WORDS.keys() == set(Status)
    assert UNSURE.keys() == set(Call)


@pytest.mark.parametrize(("state", "seconds"), [("scheduled", 10), ("sending", 2), ("waiting", 2), ("sent", 0)])
def test_it_brings_itself_up_to_date(scene: Scene, remote: MailchimpCampaign, state: str, seconds: int) -> None:
    change(remote, campaign={"state": state})
    fragment = words(log_in("Analyst"), scene.address("newsletter_campaigns:live", "campaign"))
    assert f'data-live="seconds" data-seconds="{seconds}" data-state="{state}"' in fragment
    assert 'data-live="steps"' in fragment
    assert "<html" not in fragment


def test_the_list_says_by_whom_and_why_it_waits(scene: Scene, remote: MailchimpCampaign) -> None:
    change(remote, campaign={"state": "waiting", "reason": "Mailchimp does not answer."})
    client = log_in("Analyst")
    page = words(client, reverse("newsletter_campaigns:index"))
    assert "by Mailchimp" in page
    assert "Mailchimp does not answer." in page
    assert "Mailchimp does not answer." in words(client, scene.address("newsletter_campaigns:small_live", "campaign"))
    change(remote, campaign={"state": "sent", "reason": ""})
    assert "by Mailchimp" in words(client, reverse("newsletter_campaigns:index"))


def test_an_archive_address_that_is_none_is_no_link(scene: Scene, remote: MailchimpCampaign) -> None:
    change(remote, archive_url="javascript:alert(1)")
    assert "javascript:" not in shown(scene)
