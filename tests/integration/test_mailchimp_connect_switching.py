"""Switching a newsletter over to Mailchimp and back, and how it stands."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from newsletter.admin.mailchimp.status import LATELY, tasks_of
from newsletter.audience.mailchimp.choosing import choose_part, map_fields
from newsletter.audience.mailchimp.deleted import names_begin_with
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.issues.switching_over import SwitchRefusedError, switch_off
from newsletter.models import (
    Campaign,
    MailchimpAccount,
    MailchimpAudience,
    MailchimpMember,
    RemoteTask,
    RemoteTaskKind,
    RemoteTaskState,
    Schedule,
    SubscriberExport,
)
from tests.factories import make_subscription, make_subscriptions
from tests.factories_delivery import make_campaign
from tests.integration.admin_scene import log_in
from tests.integration.connect_scene import (
    READERS,
    audience_entry,
    choose,
    make_account,
    make_ready,
    on,
    page_of,
)

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(newsletter: Newsletter) -> MailchimpAudience:
    return make_ready(newsletter)


@pytest.fixture
def owner(home: HomePage, logins: None) -> Client:
    return log_in("owner")


def off(newsletter: Newsletter) -> None:
    switch_off(newsletter, by=None, now=timezone.now())


class TestSwitching:
    def test_on_sets_the_backend_and_asks_for_the_work(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        assert "Switch it on" in owner.get(page_of("on", newsletter)).content.decode()

        owner.post(page_of("on", newsletter))
        owner.post(page_of("on", newsletter))

        newsletter.refresh_from_db()
        ready.refresh_from_db()
        assert newsletter.backend == "mailchimp"
        assert ready.switched_on_at is not None
        assert set(RemoteTask.objects.values_list("name", flat=True)) == {
            f"{kind}:{ready.pk}" for kind in ("push", "poll", "set_hook")
        }
        assert RemoteTask.objects.count() == 3, "twice is once"

    def test_not_before_it_was_agreed_to(self, owner: Client, newsletter: Newsletter) -> None:
        make_account()
        choose(newsletter)

        answer = owner.post(page_of("on", newsletter))

        newsletter.refresh_from_db()
        assert answer.status_code == 400
        assert "agree to it first" in answer.content.decode()
        assert newsletter.backend == "default"

    def test_not_for_other_fields_than_were_agreed_to(self, newsletter: Newsletter, ready: MailchimpAudience) -> None:
        map_fields(ready, {"FNAME": "name"})

        with pytest.raises(SwitchRefusedError, match="agree to it first"):
            on(newsletter)

    @pytest.mark.parametrize("state", ["scheduled", "preparing", "sending", "paused", "waiting", "held"])
    def test_neither_way_in_the_middle_of_a_campaign(
        self, newsletter: Newsletter, ready: MailchimpAudience, state: str
    ) -> None:
        campaign = make_campaign(newsletter, state=state)
        with pytest.raises(SwitchRefusedError, match="is not finished"):
            on(newsletter)
        campaign.state = "sent"
        campaign.save()
        on(newsletter)
        campaign.state = state
        campaign.save()
        with pytest.raises(SwitchRefusedError, match="is not finished"):
            off(newsletter)
        newsletter.refresh_from_db()
        assert newsletter.backend == "mailchimp"

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"problem": "Mailchimp refuses the key."}, "does not answer as it should"),
            ({"checked_at": None}, "does not answer as it should"),
            ({"audiences": []}, "has no audience “Practice readers” any more"),
            ({"audiences": [audience_entry(READERS, "R", segments=[])]}, "no segment or tag “Colleagues” any more"),
        ],
    )
    def test_not_while_the_account_can_not_carry_it(
        self, newsletter: Newsletter, ready: MailchimpAudience, changed: dict[str, object], why: str
    ) -> None:
        choose_part(ready, 7)
        MailchimpAccount.objects.update(**changed)

        with pytest.raises(SwitchRefusedError, match=why):
            on(newsletter)
        newsletter.refresh_from_db()
        assert newsletter.backend == "default"

    def test_a_schedule_that_would_mean_something_else_stands_against_it(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        make_subscription(newsletter, frequency="weekly")
        assert "1 reader chose once a week or once a month" in owner.get(page_of("on", newsletter)).content.decode()
        Schedule.objects.create(newsletter=newsletter, frequency="weekly", active=True)

        with pytest.raises(SwitchRefusedError, match="Switch it off under Schedules"):
            on(newsletter)
        ready.refresh_from_db()
        assert ready.switched_on_at is None

    def test_off_goes_back_ends_the_work_and_removes_the_webhook(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        on(newsletter)
        MailchimpAudience.objects.update(hook_id="abc123", hook_path_digest="0" * 64)

        page = owner.get(page_of("off", newsletter)).content.decode()
        owner.post(page_of("off", newsletter))

        newsletter.refresh_from_db()
        assert "The readers over there stay there" in page
        assert newsletter.backend == "default"
        assert MailchimpAudience.objects.get().switched_on_at is None
        left = RemoteTask.objects.filter(state=RemoteTaskState.PENDING)
        assert list(left.values_list("name", flat=True)) == [f"remove_hook:{ready.pk}"]

    def test_off_leaves_the_work_of_deleting_those_who_were_erased(
        self, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        on(newsletter)
        MailchimpMember.objects.create(audience=ready, member_hash="0" * 32, erasing=True)

        off(newsletter)

        left = RemoteTask.objects.filter(state=RemoteTaskState.PENDING)
        assert list(left.values_list("name", flat=True)) == [f"push:{ready.pk}"]

    def test_off_never_takes_a_backend_away_that_is_not_mailchimp(
        self, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        newsletter.backend = "memory"
        newsletter.save()

        off(newsletter)

        newsletter.refresh_from_db()
        assert newsletter.backend == "memory"


class TestHowItStands:
    def test_before_anything_was_chosen_it_says_what_to_do(self, owner: Client, newsletter: Newsletter) -> None:
        page = owner.get(page_of("newsletter", newsletter)).content.decode()

        assert "Our own way of sending" in page
        assert page_of("audience", newsletter) in page

    def test_it_shows_readers_progress_and_what_was_asked(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        make_subscriptions(newsletter, 3)
        on(newsletter)
        MailchimpMember.objects.create(audience=ready, member_hash="0" * 32, status="subscribed")
        RemoteTask.objects.filter(kind="push").update(done=1200, total=3000, state="running", said="A batch of 1,000.")
        RemoteTask.objects.filter(kind="set_hook").update(state="failed", said="Mailchimp can’t reach this site.")

        page = owner.get(page_of("newsletter", newsletter)).content.decode()

        assert '<progress class="newsletter-progress" max="3000" value="1200"' in page
        assert "1,200 of 3,000 readers brought over" in page
        assert "3 confirmed here, 1 known as subscribed there" in page
        assert "Mailchimp can’t reach this site." in page
        assert "A batch of 1,000." in page
        assert "newsletter-refresh" in page
        assert "@example.com" not in page, "no reader is named"

    def test_work_that_goes_on_since_long_is_still_shown(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        on(newsletter)
        campaign = make_campaign(newsletter, state="scheduled")
        ask_for(RemoteTaskKind.CAMPAIGN, name=f"campaign:{campaign.pk}", now=timezone.now())
        ask_for(RemoteTaskKind.FETCH_AUDIENCE, name=f"fetch_audience:{READERS}", now=timezone.now())
        long_ago = timezone.now() - timedelta(days=60)
        Campaign.objects.update(created_at=long_ago)
        RemoteTask.objects.update(created_at=long_ago)
        RemoteTask.objects.filter(kind="push").update(said="Mailchimp did not answer.", attempts=3)
        waits = {"said": "It waits for its instant.", "next_attempt_at": timezone.now() + timedelta(minutes=1)}
        RemoteTask.objects.filter(kind="campaign").update(**waits)
        RemoteTask.objects.filter(kind="fetch_audience").update(state="done", settled_at=long_ago, said="Long over.")

        page = owner.get(page_of("newsletter", newsletter)).content.decode()

        assert "Mailchimp did not answer." in page
        assert "It waits for its instant." in page
        assert "next: " in page
        assert "Long over." not in page

    def test_what_goes_on_is_not_pushed_off_the_page_by_what_is_over(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        on(newsletter)
        RemoteTask.objects.filter(kind="poll").update(said="Mailchimp did not answer.")
        over = {"kind": "fetch_audience", "name": f"fetch_audience:{READERS}", "state": "done"}
        RemoteTask.objects.bulk_create(RemoteTask(**over, settled_at=timezone.now()) for _ in range(30))

        assert "Mailchimp did not answer." in owner.get(page_of("newsletter", newsletter)).content.decode()

    def test_a_problem_stands_there_with_the_remedy(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        on(newsletter)
        MailchimpAudience.objects.update(problem="The audience requires PHONE.")

        page = owner.get(page_of("newsletter", newsletter)).content.decode()

        assert "The audience requires PHONE." in page
        assert "Bring in step now" in page

    def test_bringing_in_step_now_hurries_the_work(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        owner.post(page_of("again", newsletter))
        assert not RemoteTask.objects.exists(), "it is not switched on"
        on(newsletter)
        RemoteTask.objects.filter(kind="push").update(state=RemoteTaskState.DONE)

        owner.post(page_of("again", newsletter))

        assert RemoteTask.objects.filter(kind="push", state=RemoteTaskState.PENDING).count() == 1

    def test_what_differs_is_counted_and_handed_out_to_whoever_may_export(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        make_subscription(newsletter, "ada@example.com")
        on(newsletter)
        address = page_of("differences", newsletter)

        page, part = owner.get(address).content.decode(), owner.get(f"{address}?part=1").content.decode()
        taken = owner.post(address)

        assert "Here, but not at Mailchimp" in page
        assert "Here, but not at Mailchimp" in part
        assert "<html" not in part
        assert "ada@example.com" not in page
        assert "ada@example.com" in b"".join(taken.streaming_content).decode()  # type: ignore[attr-defined]
        assert "no-store" in taken["Cache-Control"]
        assert SubscriberExport.objects.get().by_name == "owner"

    def test_who_may_connect_but_not_export_gets_no_file(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        user = User.objects.get(username="editor")
        user.user_permissions.add(Permission.objects.get(codename="connect_mailchimp"))
        client = log_in("editor")

        assert "Download" not in client.get(page_of("differences", newsletter)).content.decode()
        assert client.post(page_of("differences", newsletter)).status_code == 403
        assert not SubscriberExport.objects.exists()

    def test_fetching_again_asks_for_account_and_audience(
        self, owner: Client, newsletter: Newsletter, ready: MailchimpAudience
    ) -> None:
        owner.post(page_of("fetch", newsletter))

        names = set(RemoteTask.objects.values_list("name", flat=True))
        assert names == {"check_account", f"fetch_audience:{READERS}"}


def test_a_task_of_another_newsletter_is_not_shown(
    owner: Client, newsletter: Newsletter, ready: MailchimpAudience
) -> None:
    ask_for(RemoteTaskKind.PUSH, name=f"push:{ready.pk + 1}", now=timezone.now())

    assert "What was asked of Mailchimp" not in owner.get(page_of("newsletter", newsletter)).content.decode()


def test_that_a_contact_removed_there_is_looked_for_is_shown_with_the_rest(
    newsletter: Newsletter, ready: MailchimpAudience
) -> None:
    ours = ask_for(RemoteTaskKind.POLL, name=f"{names_begin_with(ready)}{'0' * 32}:1", now=timezone.now())
    ask_for(RemoteTaskKind.POLL, name=f"deleted:{ready.pk}1:{'0' * 32}:1", now=timezone.now())

    assert list(tasks_of(ready, since=timezone.now() - LATELY)) == [ours]
