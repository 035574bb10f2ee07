"""The composer, the check, dialogs and readers' pages show only what the backend of a newsletter can do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from blog.models import Topic
from newsletter.admin.sign_ups.embed import snippet
from newsletter.audience.reader import token_for
from newsletter.issues.checks import looked_up, message, service
from newsletter.issues.compose import copy_issue
from newsletter.issues.preflight import examine
from newsletter.issues.reach import reach, recipients_of
from newsletter.issues.schedule import ScheduleError, schedule
from newsletter.issues.standing import standing
from newsletter.models import (
    Issue,
    MailchimpAccount,
    MailchimpAudience,
    MailchimpMember,
    Newsletter,
    Segment,
)
from tests.factories import make_newsletter, make_subscription
from tests.integration.admin_scene import Scene, log_in
from tests.integration.mailed_by_mailchimp import LOOKED, SEGMENT_ID, at_mailchimp
from tests.integration.preflight_scene import NOW, found, issue, levels, story, with_answers
from tests.integration.test_admin_composer import composed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.test import Client

    from newsletter.issues.checks.questions import Question
    from newsletter.models import Subscription

__all__ = ["issue", "story"]

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


class TestComposer:
    NARROWING = ("segment", "frequency", "fits_reader")

    def page(self, scene: Scene) -> str:
        return words(log_in("Editor").get(scene.address("newsletter_issues:edit")))

    def test_a_newsletter_that_this_site_mails_offers_everything(self, scene: Scene) -> None:
        page = self.page(scene)
        assert all(f'name="{name}"' in page for name in self.NARROWING)
        assert "at Mailchimp" not in page

    def test_what_mailchimp_cannot_do_is_not_offered_and_the_panel_says_why(self, scene: Scene) -> None:
        at_mailchimp(scene.newsletter)
        page = self.page(scene)
        assert not any(f'name="{name}"' in page for name in self.NARROWING)
        assert 'name="unlisted"' in page
        assert "Everybody of the audience “Practice” at Mailchimp: 2 readers when last looked" in page
        assert "segments, frequencies and what a reader got before are known on this site only" in page

    def test_a_choice_from_before_is_shown_so_that_it_can_be_emptied(self, scene: Scene) -> None:
        scene.issue.frequency = "weekly"
        scene.issue.save_revision()
        at_mailchimp(scene.newsletter)
        page = self.page(scene)
        assert 'name="frequency"' in page
        assert 'name="segment"' not in page

        posted = composed(scene.newsletter, stories=[scene.story], subject="Emptied", frequency="")
        log_in("Editor").post(scene.address("newsletter_issues:edit"), posted)
        latest = Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object()
        assert (latest.subject, latest.frequency) == ("Emptied", "")

    def test_a_choice_that_an_open_page_still_posts_is_kept_for_the_check_not_dropped(self, scene: Scene) -> None:
        berlin = Segment.objects.create(name="Berliners", rules={})
        at_mailchimp(scene.newsletter)
        posted = composed(scene.newsletter, stories=[scene.story], segment=str(berlin.pk))
        log_in("Editor").post(scene.address("newsletter_issues:edit"), posted)

        latest = Issue.objects.get(pk=scene.issue.pk).get_latest_revision_as_object()
        assert latest.segment == berlin
        assert levels(latest)["narrowing"] == "B"

    def test_the_copy_says_that_its_readers_cannot_be_chosen_any_more(self, scene: Scene) -> None:
        scene.issue.fits_reader = True
        scene.issue.save_revision()
        at_mailchimp(scene.newsletter)
        page = words(log_in("Editor").get(scene.address("newsletter_issues:copy_issue")))
        assert "It was for some of its readers." in page
        copy = copy_issue(scene.issue.get_latest_revision_as_object())
        assert found(copy)["narrowing"].about == "fits_reader"


class TestCheck:
    def test_nothing_is_wrong_with_an_issue_that_goes_to_everybody(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter)
        assert set(levels(issue)) <= {"public-address"}

    @pytest.mark.parametrize(
        ("field", "said"),
        [
            ("segment", "It is meant for “Berliners” only. Mailchimp mails the same to everybody of “Practice”."),
            ("frequency", "for those only who read “Weekly”"),
            ("fits_reader", "to leave out what a reader does not need"),
        ],
    )
    def test_what_narrows_an_issue_blocks_it_and_is_not_passed_over(self, issue: Issue, field: str, said: str) -> None:
        at_mailchimp(issue.newsletter)
        chosen = {
            "segment": Segment.objects.create(name="Berliners", rules={}),
            "frequency": "weekly",
            "fits_reader": True,
        }
        setattr(issue, field, chosen[field])
        finding = found(issue)["narrowing"]
        assert (finding.level, str(finding.place)) == ("B", "whom it is for")
        assert said in finding.text
        assert "under “Who gets it”, or choose a newsletter that this site mails itself" in finding.remedy

        issue.save()
        issue.save_revision()
        with pytest.raises(ScheduleError, match="Mailchimp mails the same"):
            schedule(issue, at=NOW + timedelta(days=1), time_zone="UTC", approve=True, now=NOW)

    def test_without_an_audience_that_is_switched_on_nothing_goes_out(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter, switched_on_at=None)
        finding = found(issue)["audience-there"]
        assert finding.level == "B"
        assert "no audience there is switched on" in finding.text
        assert reach(issue).there is None

    def test_what_is_wrong_over_there_is_said_and_stops_nothing(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter)
        MailchimpAccount.objects.update(problem="Mailchimp refuses the key.")
        finding = found(issue)["audience-there"]
        assert (finding.level, finding.text) == ("W", "Mailchimp can’t be used just now: Mailchimp refuses the key.")

    def test_a_backend_that_the_settings_lack_blocks(self, issue: Issue) -> None:
        Newsletter.objects.update(backend="gone")
        issue.newsletter.refresh_from_db()
        assert found(issue)["backend"].level == "B"

    @pytest.mark.parametrize(
        ("where", "text"),
        [
            ("subject", "Hello *|FNAME|*"),
            ("subject", "*|IF:MERGE4=" + "x" * 60 + "|*"),
            ("preview_text", "Only for *|EMAIL|* and for nobody else at all"),
        ],
    )
    def test_fields_that_mailchimp_would_fill_in_block_and_cannot_be_overridden(
        self, issue: Issue, where: str, text: str
    ) -> None:
        at_mailchimp(issue.newsletter)
        setattr(issue, where, text)
        finding = found(issue)["service-field"]
        assert finding.level == "B"
        assert "Mailchimp would put there what it knows of each reader" in finding.text
        assert "leftover-token" not in found(issue)

    @pytest.mark.parametrize("address", ["https://example.org/?e=*|EMAIL|*", "https://example.org/?e=*%7CEMAIL%7C*"])
    def test_a_field_in_a_links_address_would_give_readers_away(self, issue: Issue, address: str) -> None:
        at_mailchimp(issue.newsletter)
        seen = replace(examine(issue, now=NOW), html=f'<html><body><a href="{address}">Read</a></body></html>')
        (finding,) = service.fields(seen)
        assert finding.rule == "service-field"

    def test_from_here_a_field_is_a_leftover_as_before(self, issue: Issue) -> None:
        issue.subject = "Hello *|FNAME|*"
        assert "leftover-token" in found(issue)
        assert "service-field" not in found(issue)

    def test_headers_are_mailchimps_and_so_are_spf_and_dkim(self, issue: Issue, settings: Any) -> None:
        settings.BASE_URL = "https://rounds.example"
        at_mailchimp(issue.newsletter)
        seen = replace(examine(issue, now=NOW), message=b"Subject: x\r\n\r\n")
        assert list(message.one_click(seen)) == []

        def answer(question: Question) -> Mapping[str, Any]:
            return {"domain": "rounds.example", "spf": {"records": []}, "dkim": [], "dmarc": {"record": ""}}

        said = {one.rule: one for one in with_answers(issue, looked_up.sender_records, answer)}
        assert set(said) == {"dns-not-checked", "dns-dmarc"}
        assert "should say “Authenticated”" in said["dns-not-checked"].remedy


class TestReach:
    def test_those_are_counted_who_are_known_to_be_subscribed_there(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter, members=4)
        there = reach(issue).there
        assert there is not None
        assert (reach(issue).recipients, there.readers, there.looked_at) == (4, 4, LOOKED)

    def test_of_a_segment_there_it_is_what_mailchimp_counted(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter, segment_id=SEGMENT_ID, segment_name="Berlin")
        assert reach(issue).recipients == 12

    def test_until_all_members_are_known_it_is_what_mailchimp_counted(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter, polled_until=None)
        assert reach(issue).recipients == 340
        MailchimpAccount.objects.update(audiences=[])
        there = reach(issue).there
        assert there is not None
        assert there.readers is None
        assert "is not known yet" in found(issue)["recipients"].text

    def test_an_empty_audience_is_said(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter, members=0)
        assert "had no reader when it was looked at last" in found(issue)["recipients"].text

    def test_a_campaign_counts_so_until_it_was_sent(self, issue: Issue) -> None:
        at_mailchimp(issue.newsletter, members=3)
        campaign = schedule(issue, at=NOW + timedelta(days=1), time_zone="UTC", approve=True, now=NOW)
        assert recipients_of(campaign) == 3

    def test_one_reader_stands_as_mailchimp_has_them(self, issue: Issue) -> None:
        audience = at_mailchimp(issue.newsletter)
        reader = make_subscription(issue.newsletter, paused_until=NOW + timedelta(days=9)).subscriber
        assert "Is not known to be in the audience" in standing(issue, reader, now=NOW).against[0]
        member = MailchimpMember.objects.create(
            audience=audience, subscriber=reader, member_hash="f" * 32, status="cleaned"
        )
        assert standing(issue, reader, now=NOW).against == ("At Mailchimp: its mailbox does not exist.",)
        member.status = "subscribed"
        member.save()
        assert standing(issue, reader, now=NOW).against == ()


class TestReadersPages:
    @pytest.fixture
    def subscription(self, home: object, newsletter: Newsletter) -> Subscription:
        cache.clear()
        Topic.objects.create(name="Sleep", slug="sleep")
        at_mailchimp(newsletter)
        return make_subscription(newsletter, "ada@example.com", paused_until=timezone.now() + timedelta(days=9))

    def test_preferences_offer_what_is_kept_and_say_so(self, client: Client, subscription: Subscription) -> None:
        link = f"/preferences/{token_for(subscription)}/"
        page = words(client.get(link))
        assert "mailed to all its readers alike, through Mailchimp" in page
        assert not any(name in page for name in ('name="frequency"', 'name="topics"', 'name="pause"'))
        assert "You take a pause" in page  # nobody who does is brought over before it ends

        client.post(link, {"name": "Ada", "frequency": "weekly", "topics": ["1"]})
        subscription.refresh_from_db()
        assert (subscription.subscriber.name, subscription.frequency) == ("Ada", "each_story")
        assert not subscription.topics.exists()
        before = subscription.paused_until
        assert "Enjoy the quiet" not in words(client.post(link, {"pause": "1", "weeks": "12"}))
        subscription.refresh_from_db()
        assert subscription.paused_until == before

    def test_leaving_works_as_ever_and_offers_nothing_less(self, client: Client, subscription: Subscription) -> None:
        link = f"/unsubscribe/{token_for(subscription)}/"
        page = words(client.get(link))
        assert "Or rather less of it?" not in page
        assert "Press the button and it is over at once" in words(client.post(link, {"less": "weekly"}))
        client.post(link)
        subscription.refresh_from_db()
        assert (subscription.state, subscription.frequency) == ("ended", "each_story")

    def test_the_form_to_subscribe_asks_for_neither_frequency_nor_topics(
        self, client: Client, subscription: Subscription
    ) -> None:
        page = words(client.get("/subscribe/"))
        assert 'name="email"' in page
        assert 'name="frequency"' not in page
        assert 'name="topics"' not in page
        assert "as often as you choose" not in page
        code = snippet(subscription.newsletter)
        assert "How often" not in code
        assert "Sleep" not in code

    def test_beside_another_newsletter_it_asks_and_keeps_them_for_that_one_only(
        self, client: Client, subscription: Subscription
    ) -> None:
        make_newsletter(name="Letters", slug="letters")
        page = words(client.get("/subscribe/"))
        assert 'name="frequency"' in page
        for slug in ("rounds", "letters"):
            sent = {"newsletter": slug, "email": f"{slug}@example.com", "frequency": "weekly"}
            checked = client.post("/subscribe/", sent)
            assert ("How often: " in words(checked)) is (slug == "letters")


def test_the_page_that_sends_names_the_audience(scene: Scene) -> None:
    at_mailchimp(scene.newsletter)
    MailchimpAudience.objects.update(segment_id=SEGMENT_ID, segment_name="Berlin")
    for name in ("newsletter_issues:send", "newsletter_issues:schedule"):
        page = words(log_in("Editor").get(scene.address(name)))
        assert "Everybody of “Berlin” in the audience “Practice” at Mailchimp: 12 readers when last looked" in page
    address = reverse("newsletter_issues:publish_and_mail", args=[scene.story.pk])
    assert "in the audience “Practice”" in words(log_in("Editor").get(address))
