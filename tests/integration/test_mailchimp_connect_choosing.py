"""Choosing an audience, a part of it and what goes there; agreeing to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from newsletter.audience.mailchimp.acknowledging import SENTENCES, is_acknowledged
from newsletter.audience.mailchimp.choosing import ChoiceRefusedError, choose_audience, choose_part, map_fields
from newsletter.audience.mailchimp.connecting import connect_account, disconnect
from newsletter.issues.switching_over import switch_on
from newsletter.models import MailchimpAccount, MailchimpAudience, MailchimpMember, RemoteTask, RemoteTaskState
from tests.factories import make_newsletter, make_subscription, make_subscriptions
from tests.integration.admin_scene import log_in
from tests.integration.connect_scene import CLIENTS, KEY, READERS, agree, audience_entry, choose, make_account, page_of

if TYPE_CHECKING:
    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(home: HomePage, logins: None) -> Client:
    make_account()
    return log_in("owner")


def required(tag: str, kind: str = "text") -> dict[str, object]:
    return {"tag": tag, "name": tag.title(), "type": kind, "required": True}


class TestAudience:
    def test_it_is_chosen_among_all_and_its_parts_are_fetched(self, owner: Client, newsletter: Newsletter) -> None:
        page = owner.get(page_of("audience", newsletter)).content.decode()
        answer = owner.post(page_of("audience", newsletter), {"chosen": READERS})

        assert "Practice readers (1,204 members)" in page
        assert "Find an audience" not in page
        assert answer["Location"] == page_of("part", newsletter)
        assert newsletter.mailchimp.list_name == "Practice readers"
        task = RemoteTask.objects.get()
        assert (task.name, task.about) == (f"fetch_audience:{READERS}", {"list": READERS})

    def test_many_can_be_searched_and_any_of_them_taken(self, owner: Client, newsletter: Newsletter) -> None:
        many = [audience_entry(f"list{number}", f"Letters {number}") for number in range(1200)]
        MailchimpAccount.objects.update(audiences=many)

        found = owner.get(page_of("audience", newsletter), {"q": "letters 119"}).content.decode()
        nothing = owner.get(page_of("audience", newsletter), {"q": "<b>"}).content.decode()
        owner.post(page_of("audience", newsletter), {"chosen": "list3"})

        assert found.count('type="radio"') == 11
        assert "No audience is called “&lt;b&gt;”" in nothing
        assert newsletter.mailchimp.list_id == "list3"

    @pytest.mark.parametrize("chosen", ["", "nowhere", "../lists", f"{READERS}/members"])
    def test_one_that_is_not_there_changes_nothing(self, owner: Client, newsletter: Newsletter, chosen: str) -> None:
        answer = owner.post(page_of("audience", newsletter), {"chosen": chosen})

        assert answer.status_code == 400
        assert not MailchimpAudience.objects.exists()
        assert not RemoteTask.objects.exists()

    def test_two_newsletters_never_share_one(self, owner: Client, newsletter: Newsletter) -> None:
        choose(make_newsletter(name="Weekly", slug="weekly"))

        page = owner.get(page_of("audience", newsletter)).content.decode()
        answer = owner.post(page_of("audience", newsletter), {"chosen": READERS})

        assert "“Practice readers” (of Weekly)" in page
        assert answer.status_code == 400
        with pytest.raises(ChoiceRefusedError, match="would leave both newsletters"):
            choose(newsletter)

    def test_another_one_begins_anew(self, newsletter: Newsletter, owner: Client) -> None:
        before = choose(newsletter)
        agree(before)
        MailchimpMember.objects.create(audience=before, member_hash="0" * 32, status="subscribed")

        choose(newsletter, CLIENTS)

        audience = MailchimpAudience.objects.get()
        assert (audience.list_id, audience.acknowledged, audience.members.count()) == (CLIENTS, {}, 0)

    def test_the_same_again_keeps_what_was_chosen(self, newsletter: Newsletter, owner: Client) -> None:
        agree(choose(newsletter))

        assert is_acknowledged(choose(newsletter))

    def test_not_before_those_who_were_erased_are_deleted_there(self, newsletter: Newsletter, owner: Client) -> None:
        MailchimpMember.objects.create(audience=choose(newsletter), member_hash="0" * 32, erasing=True)

        with pytest.raises(ChoiceRefusedError, match="still being deleted"):
            choose(newsletter, CLIENTS)

    def test_not_while_it_is_switched_on(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)
        agree(audience)
        switch_on(newsletter, by=None, now=timezone.now())

        page = owner.get(page_of("audience", newsletter)).content.decode()
        assert "Switch it off first" in page
        assert owner.post(page_of("audience", newsletter), {"chosen": CLIENTS}).status_code == 400
        with pytest.raises(ChoiceRefusedError, match="Switch it off first"):
            choose_part(audience, 7)
        with pytest.raises(ChoiceRefusedError, match="Switch it off first"):
            map_fields(audience, {"FNAME": "name"})
        audience.refresh_from_db()
        assert (audience.list_id, audience.segment_id, audience.merge_fields) == (READERS, None, {})

    def test_one_that_vanished_is_said_and_chosen_anew(self, owner: Client, newsletter: Newsletter) -> None:
        choose(newsletter)
        MailchimpAccount.objects.update(audiences=[audience_entry(CLIENTS, "Other letters")])

        assert (
            "has no audience “Practice readers” any more"
            in owner.get(page_of("newsletter", newsletter)).content.decode()
        )
        page = owner.get(page_of("audience", newsletter)).content.decode()
        owner.post(page_of("audience", newsletter), {"chosen": CLIENTS})

        assert "has no audience “Practice readers” any more" in page
        assert MailchimpAudience.objects.get().list_id == CLIENTS

    def test_none_is_called_vanished_before_the_account_was_asked(self, owner: Client, newsletter: Newsletter) -> None:
        """Connected anew, or by another key: what the account has is not known yet."""
        choose(newsletter)
        disconnect(by=None, now=timezone.now())
        connect_account(KEY, by=None, now=timezone.now())

        for name in ("newsletter", "audience"):
            assert "has no audience" not in owner.get(page_of(name, newsletter)).content.decode()


class TestPartsAndFields:
    def test_the_page_waits_while_they_are_fetched(self, owner: Client, newsletter: Newsletter) -> None:
        MailchimpAccount.objects.update(audiences=[audience_entry(READERS, "R", segments=None, merge_fields=None)])
        choose(newsletter)

        for name in ("part", "fields"):
            page = owner.get(page_of(name, newsletter)).content.decode()
            assert "Fetching segments, tags and fields…" in page
            assert "newsletter-refresh" in page
        RemoteTask.objects.update(state=RemoteTaskState.FAILED, said="Mailchimp has no such audience.")
        assert "Mailchimp has no such audience." in owner.get(page_of("part", newsletter)).content.decode()

    def test_steps_without_an_audience_lead_to_it(self, owner: Client, newsletter: Newsletter) -> None:
        for name in ("part", "fields", "new_readers", "acknowledge", "on", "off"):
            for method in (owner.get, owner.post):
                assert method(page_of(name, newsletter))["Location"] == page_of("audience", newsletter)

    def test_a_tag_is_chosen_and_all_of_it_again(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)
        page = owner.get(page_of("part", newsletter)).content.decode()

        owner.post(page_of("part", newsletter), {"chosen": "7"})
        audience.refresh_from_db()
        assert "Colleagues (tag, 12 members)" in page
        assert (audience.segment_id, audience.segment_name) == (7, "Colleagues")
        owner.post(page_of("part", newsletter), {"chosen": "all"})
        audience.refresh_from_db()
        assert (audience.segment_id, audience.segment_name) == (None, "")

    def test_a_part_that_is_gone_is_refused(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)

        assert owner.post(page_of("part", newsletter), {"chosen": "99"}).status_code == 400
        with pytest.raises(ChoiceRefusedError, match="no such segment or tag"):
            choose_part(audience, 99)

    def test_nothing_but_the_name_and_the_language_can_be_mapped(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)
        page = owner.get(page_of("fields", newsletter)).content.decode()

        answer = owner.post(page_of("fields", newsletter), {"field-FNAME": "topics"})
        assert answer.status_code == 400
        with pytest.raises(ChoiceRefusedError):
            map_fields(audience, {"FNAME": "topics"})
        with pytest.raises(ChoiceRefusedError):
            map_fields(audience, {"BIRTHDAY": "name"})
        owner.post(page_of("fields", newsletter), {"field-FNAME": "name"})
        audience.refresh_from_db()

        assert "Usually takes the name" in page
        assert 'value="" selected' in page, "nothing goes there by itself"
        assert audience.merge_fields == {"FNAME": "name"}

    def test_a_field_that_came_while_the_page_was_open_gets_nothing_by_mistake(
        self, owner: Client, newsletter: Newsletter
    ) -> None:
        audience = choose(newsletter)
        shown = owner.get(page_of("fields", newsletter)).content.decode()
        select = re.findall(r'<select name="([^"]+)"', shown)
        fields = [{"tag": tag, "name": tag, "type": "text", "required": False} for tag in ("CLINIC", "LNAME")]
        MailchimpAccount.objects.update(audiences=[audience_entry(READERS, "R", merge_fields=fields)])

        answer = owner.post(page_of("fields", newsletter), {select[0]: "name"})

        audience.refresh_from_db()
        assert len(select) == 1
        assert answer.status_code == 400
        assert "The audience has other fields now" in answer.content.decode()
        assert audience.merge_fields == {}

    def test_what_was_mapped_stays_while_the_fields_are_fetched(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)
        map_fields(audience, {"FNAME": "name"})
        MailchimpAccount.objects.update(audiences=[audience_entry(READERS, "R", merge_fields=None)])

        answer = owner.post(page_of("fields", newsletter), {})

        audience.refresh_from_db()
        assert answer["Location"] == page_of("fields", newsletter)
        assert audience.merge_fields == {"FNAME": "name"}

    def test_a_required_field_says_whom_it_keeps_out(self, owner: Client, newsletter: Newsletter) -> None:
        fields = [required("FNAME"), required("PHONE", "phone")]
        MailchimpAccount.objects.update(audiences=[audience_entry(READERS, "R", merge_fields=fields)])
        make_subscriptions(newsletter, 3)
        map_fields(choose(newsletter), {"FNAME": "name"})

        page = owner.get(page_of("fields", newsletter)).content.decode()

        assert "<strong>Phone (PHONE)</strong>" in page
        assert "<strong>Fname (FNAME)</strong>" not in page
        assert "The name is required, and 3 readers have given none" in page

    def test_new_readers_are_asked_again_unless_chosen_otherwise(self, owner: Client, newsletter: Newsletter) -> None:
        make_subscriptions(newsletter, 2)
        known = make_subscription(newsletter)
        audience = choose(newsletter)
        MailchimpMember.objects.create(
            audience=audience, member_hash="0" * 32, status="subscribed", subscriber=known.subscriber
        )

        page = owner.get(page_of("new_readers", newsletter)).content.decode()
        assert audience.new_there == "pending"
        assert "2 readers would get a mail from Mailchimp asking them to confirm" in page
        assert owner.post(page_of("new_readers", newsletter), {"new_there": "unsubscribed"}).status_code == 400
        owner.post(page_of("new_readers", newsletter), {"new_there": "subscribed"})
        audience.refresh_from_db()
        assert audience.new_there == "subscribed"


def shown_to(owner: Client, newsletter: Newsletter) -> str:
    """What the page says that it is about; it comes back with what is ticked."""
    page = owner.get(page_of("acknowledge", newsletter)).content.decode()
    return str(re.findall(r'name="shown" value="([^"]+)"', page)[0])


class TestAgreeing:
    def test_every_sentence_has_to_be_ticked(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)
        shown = shown_to(owner, newsletter)

        for missing in SENTENCES:
            ticked = [*(SENTENCES.keys() - {missing})]
            answer = owner.post(page_of("acknowledge", newsletter), {"agreed": ticked, "shown": shown})
            assert answer.status_code == 400
        audience.refresh_from_db()
        assert audience.acknowledged_at is None

    def test_what_was_agreed_to_is_kept_with_whom_and_when(self, owner: Client, newsletter: Newsletter) -> None:
        audience = choose(newsletter)
        map_fields(audience, {"FNAME": "name"})

        page = owner.get(page_of("acknowledge", newsletter)).content.decode()
        answer = owner.post(
            page_of("acknowledge", newsletter), {"agreed": [*SENTENCES], "shown": shown_to(owner, newsletter)}
        )

        audience.refresh_from_db()
        assert "<strong>address, language, name</strong>" in page
        assert answer["Location"] == page_of("on", newsletter)
        assert audience.acknowledged == {
            "wording": "2026-11",
            "fields": ["address", "language", "name"],
            "list": READERS,
        }
        assert audience.acknowledged_by == User.objects.get(username="owner")
        assert audience.acknowledged_at is not None

    @pytest.mark.parametrize("what", ["fields", "audience"])
    def test_nobody_agrees_to_what_they_were_not_shown(self, owner: Client, newsletter: Newsletter, what: str) -> None:
        """Somebody else, or they themselves in another window, changed it while the page was open."""
        choose(newsletter)
        given = {"agreed": [*SENTENCES], "shown": shown_to(owner, newsletter)}
        if what == "fields":
            map_fields(newsletter.mailchimp, {"FNAME": "name"})
        else:
            choose(newsletter, CLIENTS)

        answer = owner.post(page_of("acknowledge", newsletter), given)

        assert answer.status_code == 400
        assert "was changed since you opened this page" in answer.content.decode()
        assert MailchimpAudience.objects.get().acknowledged_at is None

    def test_other_fields_need_it_anew(self, newsletter: Newsletter, owner: Client) -> None:
        audience = choose(newsletter)
        agree(audience)
        map_fields(audience, {"FNAME": "name"})
        audience.refresh_from_db()

        assert not is_acknowledged(audience)
        assert "Something else was agreed to before" in owner.get(page_of("acknowledge", newsletter)).content.decode()


def test_without_an_account_no_audience_can_be_chosen(newsletter: Newsletter) -> None:
    with pytest.raises(ChoiceRefusedError):
        choose_audience(newsletter, READERS, by=None, now=timezone.now())
