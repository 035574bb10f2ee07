"""After a restore the books know less than Mailchimp: it is looked for, and nothing goes out without a person."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.delivery.held_after_restore import hold_everything
from newsletter.models import Campaign, MailchimpCampaign
from tests.integration.campaign_there import AT, MINUTE, OFF_GRID, There, check_held, check_sent, release

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(there: There) -> Campaign:
    return there.scheduled()


@pytest.fixture
def draft(there: There) -> Campaign:
    return there.prepared()


def restore(there: There) -> None:
    assert hold_everything(made_at=there.now, now=there.now) == 1


def test_after_a_restore_it_is_taken_from_the_schedule_and_waits(there: There, campaign: Campaign) -> None:
    restore(there)
    there.run(until=AT + 30 * MINUTE)
    check_held(there, campaign, "restored from a backup")
    release(there, campaign)
    there.run(minutes=5)
    check_sent(there, campaign)


def test_after_a_restore_what_was_sent_meanwhile_is_recorded(there: There, draft: Campaign) -> None:
    there.run(until=OFF_GRID + 5 * MINUTE)
    check_sent(there, draft)
    blank: dict[str, Any] = {"remote_status": "save", "send_asked_at": None, "report": {}, "ledger_filled_at": None}
    MailchimpCampaign.objects.filter(campaign=draft).update(**blank)
    draft.deliveries.all().delete()
    Campaign.objects.filter(pk=draft.pk).update(state="scheduled", started_at=None, finished_at=None, recipients=0)
    restore(there)
    there.run(minutes=30)
    check_sent(there, draft)
    assert there.called("send") == 1
    assert "before they were restored" in there.remote(draft).surprise
    assert "nothing here asked" not in there.remote(draft).surprise


def test_after_a_restore_one_whose_id_is_not_in_the_books_is_found_by_its_title(
    there: There, campaign: Campaign
) -> None:
    blank: dict[str, Any] = {
        "remote_id": "",
        "remote_status": "",
        "content_at": None,
        "content_digest": "",
        "checklist": {},
    }
    MailchimpCampaign.objects.filter(campaign=campaign).update(**blank)
    restore(there)
    there.run(minutes=1)
    check_held(there, campaign, "restored from a backup")
    assert "these books don’t say by whom" in there.remote(campaign).surprise
    release(there, campaign)
    there.run(until=AT + 5 * MINUTE)
    check_sent(there, campaign)
