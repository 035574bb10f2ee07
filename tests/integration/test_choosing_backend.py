"""Who mails a newsletter: chosen by one use case, and never in the middle of a campaign."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.urls import reverse
from wagtail.models import ModelLogEntry

from newsletter.audience.pause import pause
from newsletter.engine.machine import CampaignState
from newsletter.issues import schedule as schedule_module
from newsletter.issues.choosing_backend import (
    UNFINISHED,
    BackendChangedError,
    BackendRefusedError,
    choose_backend,
    in_words,
    message_backends,
    unfinished,
    what_readers_lose,
    what_stands_against,
)
from newsletter.issues.chosen_backends import check_chosen_backends
from newsletter.issues.compose import compose
from newsletter.issues.render import compile_issue
from newsletter.issues.schedule import schedule
from newsletter.models import Campaign, Frequency, MailchimpAudience, Newsletter
from tests.factories import make_story, make_subscription
from tests.factories_delivery import make_campaign
from tests.factories_schedules import make_schedule
from tests.integration.admin_scene import Scene, log_in
from tests.integration.mailed_by_mailchimp import at_mailchimp, connected
from tests.integration.test_admin_newsletter_speed import form_data

if TYPE_CHECKING:
    from blog.models import StoryIndexPage
    from newsletter.models import Issue

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
OVER = sorted(set(CampaignState) - set(UNFINISHED))


def backend_of(newsletter: Newsletter) -> str:
    return Newsletter.objects.get(pk=newsletter.pk).backend


@pytest.mark.django_db
class TestChoosing:
    def test_a_newsletter_goes_to_another_backend_and_the_history_says_so(self, newsletter: Newsletter) -> None:
        assert choose_backend(newsletter, "memory")

        assert backend_of(newsletter) == newsletter.backend == "memory"
        entry = ModelLogEntry.objects.get(action="newsletter.backend_changed")
        assert entry.data == {"before": "default", "after": "memory"}
        assert "this site’s mail server (default) → “memory”" in entry.message

    def test_the_same_one_again_changes_nothing(self, newsletter: Newsletter) -> None:
        assert not choose_backend(newsletter, "default")
        assert not ModelLogEntry.objects.exists()

    @pytest.mark.parametrize("state", UNFINISHED)
    def test_no_change_while_a_campaign_is(self, newsletter: Newsletter, state: str) -> None:
        campaign = make_campaign(newsletter)
        Campaign.objects.filter(pk=campaign.pk).update(state=state, subject="Sleep first")

        with pytest.raises(BackendRefusedError, match=r"“Sleep first” is not finished\. Wait .* or cancel it"):
            choose_backend(newsletter, "memory")
        assert backend_of(newsletter) == "default"

    @pytest.mark.parametrize("state", OVER)
    def test_a_campaign_that_is_over_stands_in_nobodys_way(self, newsletter: Newsletter, state: str) -> None:
        Campaign.objects.filter(pk=make_campaign(newsletter).pk).update(state=state)

        assert not unfinished(newsletter).exists()
        assert choose_backend(newsletter, "memory")

    def test_of_many_campaigns_three_are_named_and_the_rest_counted(self, newsletter: Newsletter) -> None:
        first = make_campaign(newsletter)
        Campaign.objects.filter(pk=first.pk).update(subject="Number 0")
        for number in range(1, 5):
            first.pk, first.key, first.subject = None, f"key-{number}", f"Number {number}"
            first.save()

        (reason,) = what_stands_against(newsletter)
        assert "“Number 0”, “Number 1”, “Number 2” and 2 more are not finished" in reason

    def test_a_backend_that_the_settings_lack_is_refused(self, newsletter: Newsletter) -> None:
        with pytest.raises(BackendRefusedError, match="no backend “pigeon” in NEWSLETTER_BACKENDS"):
            choose_backend(newsletter, "pigeon")

    def test_what_is_not_there_any_more_can_be_left(self, newsletter: Newsletter) -> None:
        Newsletter.objects.update(backend="gone")
        newsletter.refresh_from_db()

        assert choose_backend(newsletter, "default")


@pytest.mark.django_db
class TestMailchimp:
    def test_only_an_audience_that_is_acknowledged_and_switched_on_is_mailed_there(
        self, newsletter: Newsletter
    ) -> None:
        refused = pytest.raises(BackendRefusedError, match="not acknowledged and switched on")
        with refused:
            choose_backend(newsletter, "mailchimp")
        audience = connected(newsletter, acknowledged_at=None)
        with refused:
            choose_backend(newsletter, "mailchimp")
        MailchimpAudience.objects.filter(pk=audience.pk).update(acknowledged_at=NOW, switched_on_at=None)
        with refused:
            choose_backend(newsletter, "mailchimp")
        MailchimpAudience.objects.filter(pk=audience.pk).update(switched_on_at=NOW)

        assert choose_backend(newsletter, "mailchimp")

    def test_a_schedule_that_is_on_would_mean_others_and_has_to_be_switched_off_first(
        self, newsletter: Newsletter
    ) -> None:
        connected(newsletter)
        schedule = make_schedule(newsletter)
        with pytest.raises(BackendRefusedError, match=r"\(“Weekly”\) .* would go to everybody\. Switch it off"):
            choose_backend(newsletter, "mailchimp")
        assert what_stands_against(newsletter, "memory") == []

        schedule.active = False
        schedule.save()
        assert choose_backend(newsletter, "mailchimp")
        schedule.active = True
        schedule.save()
        with pytest.raises(BackendRefusedError, match="readers of one frequency only"):
            choose_backend(newsletter, "default")

    def test_an_owner_is_told_which_choices_of_readers_would_not_be_kept(self, newsletter: Newsletter) -> None:
        assert what_readers_lose(newsletter, now=NOW) == []
        make_subscription(newsletter, frequency=Frequency.WEEKLY)
        pause(make_subscription(newsletter), weeks=4, source="test", now=NOW)

        assert what_readers_lose(newsletter, now=NOW) == [
            "1 reader takes a pause: Mailchimp mails them all the same if it has them already, and gets them when the "
            "pause ends if not.",
            "1 reader chose once a week or once a month, and would get every issue.",
        ]
        assert what_readers_lose(newsletter, now=NOW, name="memory") == []

    def test_it_is_no_choice_of_the_form(self) -> None:
        assert message_backends() == ["default", "memory"]
        assert in_words("mailchimp") == "Mailchimp"


@pytest.mark.django_db
class TestForm:
    def address(self, scene: Scene) -> str:
        return reverse("newsletter_newsletters:edit", args=[scene.newsletter.pk])

    def post(self, scene: Scene, **changes: str) -> Any:
        return log_in("owner").post(self.address(scene), form_data(scene.newsletter, **changes))

    def test_it_offers_in_plain_words_what_the_settings_have(self, scene: Scene) -> None:
        page = log_in("owner").get(self.address(scene)).content.decode()
        assert '<option value="default" selected>this site’s mail server (default)</option>' in page
        assert '<option value="mailchimp"' not in page
        assert "Is your audience at Mailchimp?" in page

    def test_a_choice_is_kept_once_nothing_is_under_way(self, scene: Scene) -> None:
        page = self.post(scene, backend="memory").content.decode()
        assert f"“{scene.campaign.subject}” is not finished" in page
        assert backend_of(scene.newsletter) == "default"

        Campaign.objects.update(state="cancelled")
        assert self.post(scene, backend="memory").status_code == 302
        assert backend_of(scene.newsletter) == "memory"

    @pytest.mark.parametrize("wrong", ["mailchimp", "pigeon", ""])
    def test_what_is_not_offered_is_refused(self, scene: Scene, wrong: str) -> None:
        Campaign.objects.update(state="cancelled")
        assert self.post(scene, backend=wrong).status_code == 200
        assert backend_of(scene.newsletter) == "default"

    def test_at_mailchimp_it_shows_the_audience_and_nothing_about_single_mails(self, scene: Scene) -> None:
        at_mailchimp(scene.newsletter)
        page = log_in("owner").get(self.address(scene)).content.decode()
        assert "Everybody of the audience “Practice” at Mailchimp: 2 readers when last looked" in " ".join(page.split())
        for name in ("backend", "uncertain_policy", "keeps_replies", "messages_per_hour", "warms_up_from"):
            assert f'name="{name}"' not in page

        assert self.post(scene, backend="default", name="Rounds anew", messages_per_hour="5").status_code == 302
        saved = Newsletter.objects.get(pk=scene.newsletter.pk)
        assert (saved.name, saved.backend, saved.messages_per_hour) == ("Rounds anew", "mailchimp", None)

    def test_a_form_that_is_saved_while_another_backend_is_chosen_does_not_undo_that(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def meanwhile(newsletter: Newsletter, name: str = "") -> list[str]:
            Newsletter.objects.filter(pk=newsletter.pk).update(backend="mailchimp")
            return []

        monkeypatch.setattr("newsletter.admin.newsletter_form.what_stands_against", meanwhile)
        page = self.post(scene, name="Rounds anew").content.decode()

        assert "was changed just now" in page
        assert backend_of(scene.newsletter) == "mailchimp"
        assert not Newsletter.objects.filter(name="Rounds anew").exists()


@pytest.fixture
def issue(stories: StoryIndexPage, newsletter: Newsletter) -> Issue:
    make_story(stories)
    return compose(newsletter)


@pytest.mark.django_db
def test_a_campaign_is_not_made_for_a_backend_that_was_left_meanwhile(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compile_slowly(issue: Issue, *, seed: bytes) -> object:
        choose_backend(issue.newsletter, "memory")
        issue.newsletter.backend = "default"  # as it was read
        return compile_issue(issue, seed=seed)

    monkeypatch.setattr(schedule_module, "compile_issue", compile_slowly)
    with pytest.raises(BackendChangedError, match="Look at this page again"):
        schedule(issue, at=NOW, time_zone="UTC", approve=True, now=NOW)

    assert not Campaign.objects.exists()
    issue.refresh_from_db()
    assert not issue.live


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_a_change_and_a_campaign_at_once_only_one_happens(
    issue: Issue, newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = Barrier(2)

    def compile_together(issue: Issue, *, seed: bytes) -> object:
        compiled = compile_issue(issue, seed=seed)
        ready.wait(timeout=30)
        return compiled

    def change() -> bool:
        ready.wait(timeout=30)
        try:
            return choose_backend(Newsletter.objects.get(), "memory")
        except BackendRefusedError:
            return False
        finally:
            connection.close()

    def send() -> bool:
        try:
            return bool(schedule(issue, at=NOW + timedelta(days=1), time_zone="UTC", approve=True, now=NOW))
        except BackendChangedError:
            return False
        finally:
            connection.close()

    monkeypatch.setattr(schedule_module, "compile_issue", compile_together)
    with ThreadPoolExecutor(2) as threads:
        changed, sent = (future.result() for future in (threads.submit(change), threads.submit(send)))

    assert changed is not sent
    assert [campaign.backend for campaign in Campaign.objects.all()] == (["default"] if sent else [])
    assert backend_of(newsletter) == ("default" if sent else "memory")


@pytest.mark.django_db
def test_a_check_names_newsletters_whose_backend_is_gone(newsletter: Newsletter) -> None:
    assert check_chosen_backends(None, databases=["default"]) == []
    Newsletter.objects.update(backend="gone")
    (found,) = check_chosen_backends(None, databases=["default"])
    assert found.id == "newsletter.W002"
    assert f"“{newsletter.name}” is mailed by 'gone'" in found.msg
    assert check_chosen_backends(None) == []
