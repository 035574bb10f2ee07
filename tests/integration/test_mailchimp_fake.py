"""The fake Mailchimp where it is more than a dictionary: members, campaigns and batches, asked by the adapter."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from newsletter.backends.mailchimp.answers import MemberWrite
from newsletter.backends.mailchimp.api import Mailchimp
from newsletter.backends.mailchimp.errors import ComplianceError, RefusedError
from newsletter.backends.mailchimp.ids import member_hash
from tests.fakes.mailchimp import FakeMailchimp, campaigns
from tests.integration.asking_the_fake import ADA, BEN, CYD, NOON, a_campaign, api, ask, fake, readers

__all__ = ["api", "fake", "readers"]

MINUTE = timedelta(minutes=1)


class TestMembers:
    def test_lists_come_ten_at_a_time_unless_more_are_wished(self, fake: FakeMailchimp, api: Mailchimp) -> None:
        for number in range(12):
            fake.add_list(f"List {number}")
        assert len(json.loads(ask(fake, "GET", "/lists")[1])["lists"]) == 10
        assert len([*api.audiences()]) == 12

    def test_who_begins_as_pending_is_asked_once_and_stays_so(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        for language in ("en", "de"):
            member = api.upsert_member(readers, MemberWrite(email=CYD, status_if_new="pending", language=language))
            assert member.status == "pending"
        assert fake.state.confirmations == [[readers, CYD]]
        fake.confirm(readers, CYD)
        assert fake.statuses(readers)[CYD] == "subscribed"

    def test_an_upsert_with_a_status_brings_back_whom_the_api_ended_and_that_is_seen(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        api.unsubscribe_member(readers, member_hash(ADA))
        path = f"/lists/{readers}/members/{member_hash(ADA)}"
        wrong = {"email_address": ADA, "status": "subscribed", "status_if_new": "subscribed"}
        assert ask(fake, "PUT", path, wrong)[0] == 200
        assert fake.state.resubscribed == [[readers, ADA]]

    @pytest.mark.parametrize("left", ["unsubscribe", "clean"])
    def test_whoever_left_or_bounced_is_not_brought_back_by_the_api(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str, left: str
    ) -> None:
        getattr(fake, left)(readers, ADA)
        path = f"/lists/{readers}/members/{member_hash(ADA)}"
        wrong = {"email_address": ADA, "status": "subscribed", "status_if_new": "subscribed"}
        status, answer = ask(fake, "PUT", path, wrong)
        assert (status, json.loads(answer)["title"]) == (400, "Member In Compliance State")
        before = fake.statuses(readers)[ADA]
        assert api.upsert_member(readers, MemberWrite(email=ADA, status_if_new="pending")).status == before

    def test_whoever_left_may_be_asked_again_by_mail(self, fake: FakeMailchimp, api: Mailchimp, readers: str) -> None:
        fake.unsubscribe(readers, ADA)
        assert api.ask_member_again(readers, member_hash(ADA)).status == "pending"
        assert fake.state.confirmations == [[readers, ADA]]
        assert fake.state.resubscribed == []

    def test_whoever_was_deleted_for_good_is_never_taken_again(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        api.erase_member(readers, member_hash(ADA))
        with pytest.raises(ComplianceError) as caught:
            api.upsert_member(readers, MemberWrite(email=ADA, status_if_new="subscribed"))
        assert caught.value.forgotten
        assert ADA not in fake.statuses(readers)

    def test_what_an_audience_requires_has_to_be_there(self, fake: FakeMailchimp, api: Mailchimp, readers: str) -> None:
        fake.add_merge_field(readers, "FNAME", "First name", required=True)
        with pytest.raises(RefusedError) as caught:
            api.upsert_member(readers, MemberWrite(email=CYD, status_if_new="pending"))
        assert [problem.field for problem in caught.value.fields] == ["FNAME"]
        given = MemberWrite(email=CYD, status_if_new="pending", merge_fields={"FNAME": "Cyd"})
        assert api.upsert_member(readers, given).status == "pending"

    def test_a_change_of_somebody_who_lacks_what_is_required_is_refused_unless_told_to_skip_that(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        fake.add_merge_field(readers, "FNAME", "First name", required=True)
        path = f"/lists/{readers}/members/{member_hash(ADA)}"
        assert ask(fake, "PATCH", path, {"status": "unsubscribed"})[0] == 400
        assert fake.statuses(readers)[ADA] == "subscribed"
        assert api.unsubscribe_member(readers, member_hash(ADA)).status == "unsubscribed"

    def test_what_changed_lately_is_listed_and_what_was_not_touched_is_not(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        fake.advance(minutes=10)
        fake.unsubscribe(readers, BEN)
        api.upsert_member(readers, MemberWrite(email=ADA, status_if_new="pending"))
        assert [member.email for member in api.members(readers, changed_since=NOON + 5 * MINUTE).items] == [BEN]


class TestCampaigns:
    @pytest.mark.parametrize("minutes", [7, -15])
    def test_only_quarters_of_an_hour_to_come_are_taken(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str, minutes: int
    ) -> None:
        campaign = a_campaign(api, readers)
        at = (NOON + minutes * MINUTE).isoformat()
        assert ask(fake, "POST", f"/campaigns/{campaign}/actions/schedule", {"schedule_time": at})[0] == 400
        assert fake.campaign(campaign)["status"] == "save"

    def test_a_scheduled_one_is_mailed_once_to_each_subscribed_member_of_its_segment(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        tag = fake.add_segment(readers, "Colleagues", kind="static")
        for address in (ADA, CYD):
            api.upsert_member(readers, MemberWrite(email=address, status_if_new="pending"))
            api.tag_member(readers, member_hash(address), {"Colleagues": True})
        campaign = a_campaign(api, readers, segment_id=tag)
        api.schedule(campaign, NOON + 15 * MINUTE)
        with pytest.raises(RefusedError):
            api.schedule(campaign, NOON + 30 * MINUTE)
        fake.advance(minutes=14)
        assert fake.mailed() == {}
        fake.advance(minutes=1)
        assert api.campaign(campaign).status == "sent"
        with pytest.raises(RefusedError):
            api.send(campaign)
        fake.advance(minutes=60)
        assert fake.mailed() == {(campaign, ADA): 1}
        assert [one.email for one in api.sent_to(campaign).items] == [ADA]

    def test_one_that_is_cancelled_on_its_way_reaches_those_before(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        fake.set(sending_for=60)
        campaign = a_campaign(api, readers)
        api.send(campaign)
        fake.advance(seconds=30)
        assert api.campaign(campaign).status == "sending"
        api.cancel_send(campaign)
        fake.advance(minutes=5)
        assert fake.mailed() == {(campaign, ADA): 1}

    def test_what_is_read_back_differs_from_what_was_put_in_and_stays_the_same(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        campaign = a_campaign(api, readers)
        first = api.content(campaign)
        assert first.html != "<p>Hello  \n *|UNSUB|*</p>\n"
        assert api.content(campaign) == first
        fake.edit_content(campaign, "<p>Edited over there</p>")
        assert api.content(campaign) != first

    def test_who_sends_it_is_read_back_and_shows_when_it_was_changed_there(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        campaign = a_campaign(api, readers)
        seen = api.campaign(campaign)
        assert (seen.from_name, seen.reply_to, seen.preview_text) == ("Praxis", "praxis@example.com", "")
        fake.edit_settings(campaign, from_name="Somebody", reply_to="somebody@example.com", preview_text="Look")
        (found,) = api.campaigns_titled("Round 1", since=NOON)
        assert (found.from_name, found.reply_to, found.preview_text) == ("Somebody", "somebody@example.com", "Look")

    def test_tracking_is_on_unless_it_is_turned_off_and_shows_when_it_was_turned_on_there(
        self, fake: FakeMailchimp, api: Mailchimp, readers: str
    ) -> None:
        campaign = a_campaign(api, readers)
        assert api.campaign(campaign).tracked == ()
        fake.edit_tracking(campaign, opens=True, google_analytics="spring", salesforce={"campaign": False})
        (found,) = api.campaigns_titled("Round 1", since=NOON)
        assert found.tracked == ("opens", "google_analytics")
        with fake.settled() as state:
            made = campaigns.create(state, {"type": "regular"})
        assert api.campaign(made["id"]).tracked == ("opens", "html_clicks", "text_clicks")

    def test_hard_bounces_are_counted_and_end_there(self, fake: FakeMailchimp, api: Mailchimp, readers: str) -> None:
        fake.set(bounces={BEN: "hard"})
        campaign = a_campaign(api, readers)
        api.send(campaign)
        assert (api.report(campaign).emails_sent, api.report(campaign).hard_bounces) == (2, 1)
        assert fake.statuses(readers) == {ADA: "subscribed", BEN: "cleaned"}

    def test_nothing_is_sent_without_words_or_readers(self, fake: FakeMailchimp, api: Mailchimp) -> None:
        campaign = a_campaign(api, fake.add_list("Nobody"))
        assert [item.heading for item in api.checklist(campaign).items if item.type == "error"] == ["Audience"]
        with pytest.raises(RefusedError):
            api.send(campaign)


def test_a_batch_goes_on_at_its_own_pace_and_says_of_each_what_came_of_it(
    fake: FakeMailchimp, api: Mailchimp, readers: str
) -> None:
    fake.set(batch_rate=1)
    writes = [MemberWrite(email=address, status_if_new="subscribed") for address in (CYD, "fake@example.com", ADA)]
    started = api.start_batch([api.upsert_operation(f"op{n}", readers, write) for n, write in enumerate(writes)])
    fake.advance(seconds=2)
    assert (api.batch(started.id).status, api.batch(started.id).finished) == ("started", 2)
    fake.advance(seconds=1)
    finished = api.batch(started.id)
    assert (finished.status, finished.total, finished.errored) == ("finished", 3, 1)
    results = {result.key: result for result in api.batch_results(finished)}
    assert {key: result.error is None for key, result in results.items()} == {"op0": True, "op1": False, "op2": True}
    assert [call["authorized"] for call in fake.state.calls if call["path"].startswith("/_results/")] == [False]
