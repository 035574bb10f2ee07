"""What was sent, for everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from newsletter.engine.message import markers
from newsletter.issues.render import compile_issue
from newsletter.models import Campaign, Delivery, Issue
from tests.factories import make_newsletter
from tests.integration.issue_samples import full_issue

if TYPE_CHECKING:
    from django.test import Client

    from blog.models import HomePage, StoryIndexPage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

WEB_HTML = "<!doctype html><html><head><title>Sleep</title></head><body><h1>On sleep</h1></body></html>"


def make_campaign(newsletter: Newsletter, **fields: Any) -> Campaign:
    issue = Issue.objects.create(newsletter=newsletter, subject="What the editor calls it now")
    given = {
        "issue": issue,
        "newsletter": newsletter,
        "key": f"{issue.pk}:0",
        "revision": 1,
        "subject": "On sleep",
        "compiled": b"",
        "web_html": WEB_HTML,
        "scheduled_at": datetime(2026, 11, 1, 9, tzinfo=UTC),
        "time_zone": "UTC",
        "backend": "memory",
        "state": "sent",
    }
    return Campaign.objects.create(**{**given, **fields})


def test_the_archive_lists_what_was_sent_under_the_subject_it_was_sent_with(
    client: Client, home: HomePage, newsletter: Newsletter
) -> None:
    campaign = make_campaign(newsletter)
    make_campaign(newsletter, subject="Not yet", state="scheduled")

    html = client.get("/newsletters/rounds/").content.decode()

    assert f'<a href="/newsletters/rounds/{campaign.issue_id}/">On sleep</a>' in html
    assert "1 November 2026" in html
    assert "Not yet" not in html


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("sending", 200),
        ("sent", 200),
        ("paused", 200),
        ("waiting", 200),
        ("scheduled", 404),
        ("preparing", 404),
        ("held", 404),
        ("cancelled", 404),
        ("failed", 404),
    ],
)
def test_an_issue_can_be_read_once_a_campaign_of_it_goes_out(
    client: Client, home: HomePage, newsletter: Newsletter, state: str, status: int
) -> None:
    campaign = make_campaign(newsletter, state=state)

    assert client.get(f"/newsletters/rounds/{campaign.issue_id}/").status_code == status


@pytest.mark.parametrize("state", ["held", "cancelled"])
def test_who_got_an_issue_still_finds_it_when_its_sending_was_stopped(
    client: Client, home: HomePage, newsletter: Newsletter, state: str
) -> None:
    campaign = make_campaign(newsletter, state=state)
    Delivery.objects.create(campaign=campaign, address="reader@example.com", state="accepted")
    Delivery.objects.create(campaign=campaign, address="other@example.com", state="skipped")

    assert client.get(f"/newsletters/rounds/{campaign.issue_id}/").status_code == 200
    assert "On sleep" in client.get("/newsletters/rounds/").content.decode()


def test_a_hidden_newsletter_shows_nothing(client: Client, home: HomePage) -> None:
    """Security case 16."""
    campaign = make_campaign(make_newsletter(slug="secret", hidden=True))

    assert client.get("/newsletters/secret/").status_code == 404
    assert client.get(f"/newsletters/secret/{campaign.issue_id}/").status_code == 404


def test_an_issue_is_found_under_its_own_newsletter_only(
    client: Client, home: HomePage, newsletter: Newsletter
) -> None:
    campaign = make_campaign(make_newsletter(slug="letters"))

    assert client.get(f"/newsletters/rounds/{campaign.issue_id}/").status_code == 404


def test_a_mailed_document_runs_no_script_and_sends_no_form(
    client: Client, home: HomePage, newsletter: Newsletter
) -> None:
    """Security case 28, whatever the stored document holds."""
    campaign = make_campaign(newsletter)

    response = client.get(f"/newsletters/rounds/{campaign.issue_id}/")

    policy = {part.split()[0]: part.split()[1:] for part in response["Content-Security-Policy"].split(";")}
    assert response.content.decode() == WEB_HTML
    assert policy["default-src"] == ["'none'"]
    assert policy["form-action"] == ["'none'"]
    assert "script-src" not in policy
    assert "allow-scripts" not in policy["sandbox"]
    assert "allow-same-origin" not in policy["sandbox"]


def test_nothing_can_be_posted_to_the_archive(client: Client, home: HomePage, newsletter: Newsletter) -> None:
    campaign = make_campaign(newsletter)

    assert client.post("/newsletters/rounds/").status_code == 405
    assert client.post(f"/newsletters/rounds/{campaign.issue_id}/").status_code == 405


def test_an_issue_in_the_archive_holds_nothing_of_any_reader(
    client: Client, home: HomePage, stories: StoryIndexPage, newsletter: Newsletter
) -> None:
    """Security case 25, with the document that a real issue is compiled to."""
    seed = b"sixteen bytes or more"
    compiled = compile_issue(full_issue(home, stories, newsletter), seed=seed)
    campaign = make_campaign(newsletter, web_html=compiled.web_html)

    html = client.get(f"/newsletters/rounds/{campaign.issue_id}/").content.decode()

    assert "When the first treatment" in html
    assert markers(seed).stem in compiled.laid.html
    assert markers(seed).stem not in html
    assert "/unsubscribe/" not in html
    assert "/preferences/" not in html
    assert "<script" not in html
    assert "<form" not in html
