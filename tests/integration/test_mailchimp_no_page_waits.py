"""No request asks Mailchimp: whatever a page shows or does, it reads rows and leaves rows for the worker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from newsletter.admin.campaigns.controls import CONTROLS
from newsletter.admin.mailchimp.switch import shown
from newsletter.admin.mailchimp.viewset import MailchimpViewSet
from newsletter.audience.mailchimp.account import connect
from newsletter.audience.mailchimp.acknowledging import SENTENCES
from newsletter.backends.mailchimp.backend import MailchimpBackend
from newsletter.issues.switching_over import switch_on
from newsletter.models import Campaign, MailchimpCampaign, RemoteTask
from tests.integration.admin_scene import Scene, log_in
from tests.integration.connect_scene import CLIENTS, KEY, READERS, agree, choose, make_account, page_of

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db


class AskedError(Exception):
    """A page is on its way to Mailchimp."""


@pytest.fixture(autouse=True)
def no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one way to Mailchimp raises: the test client hands that on."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AskedError

    monkeypatch.setattr(MailchimpBackend, "connect", refuse)


@pytest.fixture
def owner(scene: Scene) -> Client:
    """May all; everything is chosen and agreed to, and no campaign is under way."""
    make_account()
    agree(choose(scene.newsletter))
    Campaign.objects.update(state="sent")
    RemoteTask.objects.all().delete()
    return log_in("owner")


def at_mailchimp(scene: Scene) -> None:
    switch_on(scene.newsletter, by=None, now=timezone.now())


def tasks() -> set[str]:
    return set(RemoteTask.objects.values_list("kind", flat=True))


def test_this_would_be_noticed(owner: Client) -> None:
    with pytest.raises(AskedError):
        connect()


def test_every_page_about_mailchimp_is_shown_without_it(owner: Client, scene: Scene) -> None:
    for is_on in (False, True):
        if is_on:
            at_mailchimp(scene)
        for pattern in MailchimpViewSet().get_urlpatterns():
            if pattern.name not in {"check", "fetch", "again"}:  # these take a POST alone
                of = scene.newsletter if "<" in str(pattern.pattern) else None
                assert owner.get(page_of(str(pattern.name), of)).status_code == 200, pattern.name


def test_every_button_leaves_a_row_for_the_worker_at_most(owner: Client, scene: Scene) -> None:
    steps: list[tuple[str, dict[str, object], set[str]]] = [
        ("key", {"key": KEY}, {"check_account"}),
        ("check", {}, {"check_account"}),
        ("fetch", {}, {"check_account", "fetch_audience"}),
        ("audience", {"chosen": READERS}, {"fetch_audience"}),
        ("part", {"chosen": "7"}, set()),
        ("fields", {"field-FNAME": ""}, set()),
        ("new_readers", {"new_there": "pending"}, set()),
        ("acknowledge", {"agreed": [*SENTENCES], "shown": shown(scene.newsletter.mailchimp)}, set()),
        ("on", {}, {"push", "poll", "set_hook"}),
        ("again", {}, {"push", "poll", "set_hook"}),
        ("differences", {}, set()),
        ("off", {}, set()),
        ("audience", {"chosen": CLIENTS}, {"fetch_audience"}),
        ("disconnect", {}, set()),
    ]
    for name, given, wanted in steps:
        RemoteTask.objects.all().delete()
        if name == "part":
            make_account()
        answer = owner.post(page_of(name, None if name in {"key", "check", "disconnect"} else scene.newsletter), given)
        assert answer.status_code in {200, 302}, name
        assert tasks() == wanted, name


def test_writing_checking_and_sending_an_issue_leave_rows_too(owner: Client, scene: Scene) -> None:
    at_mailchimp(scene)
    pages = ("edit", "check", "test", "test_live", "schedule", "send")
    for name in pages:
        assert owner.get(scene.address(f"newsletter_issues:{name}")).status_code == 200, name
    posts: list[tuple[str, dict[str, str], str]] = [
        ("check", {"decision": "ask_checklist"}, "checklist"),
        ("test", {"to": "owner@example.com", "through": "there"}, "test"),
        ("send", {"version": scene.version}, "campaign"),
    ]
    for name, given, wanted in posts:
        answer = owner.post(scene.address(f"newsletter_issues:{name}"), given)
        assert answer.status_code == 302, name
        assert wanted in tasks(), name


@pytest.mark.parametrize("name", CONTROLS)
@pytest.mark.parametrize("state", ["scheduled", "held", "sending"])
def test_what_is_done_to_a_campaign_leaves_rows_too(owner: Client, scene: Scene, name: str, state: str) -> None:
    at_mailchimp(scene)
    MailchimpCampaign.objects.create(campaign=scene.campaign, title="rounds-1", remote_id="abcdef0123")
    later = timezone.now() + timedelta(days=1)
    Campaign.objects.filter(pk=scene.campaign.pk).update(state=state, backend="mailchimp", scheduled_at=later)
    for page in ("show", "live", "small_live", f"control {name}"):
        view, _, more = page.partition(" ")
        address = scene.address(f"newsletter_campaigns:{view}", f"campaign {more}".strip())
        assert owner.get(address).status_code == 200, page

    answer = owner.post(scene.address("newsletter_campaigns:control", f"campaign {name}"))

    assert answer.status_code == 302
