"""Mailchimp's account in the admin: for the owner alone, with a key that is never shown again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.mailchimp.viewset import MailchimpViewSet
from newsletter.admin.roles import ROLES
from newsletter.audience.mailchimp.account import account, connect
from newsletter.audience.mailchimp.tasks import ask_for
from newsletter.issues.switching_over import switch_on
from newsletter.models import MailchimpAccount, MailchimpMember, RemoteTask, RemoteTaskKind, RemoteTaskState
from tests.integration.admin_scene import log_in
from tests.integration.connect_scene import KEY, agree, choose, make_account, page_of

if TYPE_CHECKING:
    from pytest_django import Settings

    from blog.models import HomePage
    from newsletter.models import Newsletter

pytestmark = pytest.mark.django_db

#: Security case 46: what a key may not look like.
NO_KEYS = [
    "",
    "   ",
    "server=evil/",
    "0123456789abcdef0123456789abcdef",
    "0123456789abcdef0123456789abcdef-us21/../../evil",
    "0123456789abcdef0123456789abcdef-evil.example",
    "0123456789ABCDEF0123456789ABCDEF-us21",
    "0123456789abcdef0123456789abcdef-us21\r\nHost: evil.example",
    "0123456789abcdef-us21",
    "x" * 300,
]


@pytest.fixture
def owner(home: HomePage, logins: None) -> Client:
    return log_in("owner")


def addresses(newsletter: Newsletter) -> dict[str, str]:
    views = MailchimpViewSet()
    return {
        f"{pattern.name}": reverse(
            f"{views.url_namespace}:{pattern.name}", args=[newsletter.pk] if "<" in str(pattern.pattern) else []
        )
        for pattern in views.get_urlpatterns()
    }


class TestRoles:
    """Security case 30."""

    @pytest.mark.parametrize("role", ROLES)
    def test_the_owner_may_all_and_nobody_else_anything(self, role: str, owner: Client, newsletter: Newsletter) -> None:
        make_account()
        agree(choose(newsletter))
        client, wrong = log_in(role), []
        for name, address in addresses(newsletter).items():
            for method in ("get", "post"):
                status = getattr(client, method)(address).status_code
                if status not in ({200, 302, 400, 405} if role == "Owner" else {403}):
                    wrong.append((name, method, status))
        assert wrong == []

    def test_nobody_comes_in_without_a_login(self, owner: Client, newsletter: Newsletter) -> None:
        for address in addresses(newsletter).values():
            assert Client().post(address)["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("role", ["Owner", "Editor"])
    def test_menu_and_newsletter_lead_there_for_the_owner_alone(
        self, role: str, owner: Client, newsletter: Newsletter
    ) -> None:
        client = log_in(role)
        menu = client.get(reverse("wagtailadmin_home")).content.decode()
        shown = client.get(reverse("newsletter_newsletters:inspect", args=[newsletter.pk])).content.decode()
        assert (f'"{page_of("index")}"' in menu) == (role == "Owner")
        assert (page_of("newsletter", newsletter) in shown) == (role == "Owner")


class TestKey:
    def test_a_key_is_sealed_and_its_check_asked_for(self, owner: Client) -> None:
        answer = owner.post(page_of("key"), {"key": f"  {KEY} "}, follow=True)

        kept = account()
        assert kept is not None
        assert KEY.encode() not in bytes(kept.sealed_key)
        assert (kept.hint, kept.data_centre) == ("cdef", "us21")
        task = RemoteTask.objects.get()
        assert (task.kind, task.state, task.about) == ("check_account", "pending", {})
        page = answer.content.decode()
        assert "Checking the key…" in page
        assert "ends in …cdef, at us21" in page
        assert 'data-controller="newsletter-refresh"' in page

    @pytest.mark.parametrize("key", NO_KEYS)
    def test_what_is_no_key_is_said_at_once_and_neither_kept_nor_repeated(
        self, owner: Client, key: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)

        answer = owner.post(page_of("key"), {"key": key})

        page = answer.content.decode()
        assert answer.status_code == 400
        assert "error-message" in page
        assert not key.strip() or key.strip() not in page + caplog.text
        assert not MailchimpAccount.objects.exists()
        assert not RemoteTask.objects.exists()

    def test_no_page_shows_it_again(self, owner: Client, newsletter: Newsletter) -> None:
        make_account()
        for name in ("index", "key", "disconnect"):
            assert KEY[:32] not in owner.get(page_of(name)).content.decode()
        assert KEY[:32] not in owner.get(page_of("newsletter", newsletter)).content.decode()

    def test_another_key_takes_its_place_and_what_is_known_stays_until_the_answer(self, owner: Client) -> None:
        make_account()

        owner.post(page_of("key"), {"key": "f" * 32 + "-us7"})

        kept = MailchimpAccount.objects.get()
        assert (kept.hint, kept.data_centre, kept.checked_at) == ("ffff", "us7", None)
        assert len(kept.audiences) == 2

    def test_a_key_that_leads_to_another_account_is_refused_while_one_is_in_use(
        self, owner: Client, newsletter: Newsletter, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A campaign that is scheduled in the one would be taken for deleted, and go out all the same."""
        caplog.set_level(logging.DEBUG)
        make_account()
        agree(choose(newsletter))
        switch_on(newsletter, by=None, now=timezone.now())
        RemoteTask.objects.all().delete()

        answer = owner.post(page_of("key"), {"key": "e" * 32 + "-us7"})

        page = answer.content.decode()
        assert answer.status_code == 400
        assert "opens another account (at us7)" in page
        assert "“Rounds” is sent by the one at us21" in page
        assert "e" * 32 not in page + caplog.text
        assert (MailchimpAccount.objects.get().hint, RemoteTask.objects.count()) == ("cdef", 0)
        assert "could be neither found nor stopped" in owner.get(page_of("key")).content.decode()
        assert 'name="another"' not in page
        assert owner.post(page_of("key"), {"key": "e" * 32 + "-us7", "another": "on"}).status_code == 400
        assert owner.post(page_of("key"), {"key": "e" * 32 + "-us21"}).status_code == 302
        assert MailchimpAccount.objects.get().hint == "eeee"

    def test_whoever_can_not_open_the_account_in_use_any_more_gets_on_with_another(
        self, owner: Client, newsletter: Newsletter
    ) -> None:
        make_account()
        agree(choose(newsletter))
        switch_on(newsletter, by=None, now=timezone.now())
        MailchimpAccount.objects.update(problem="Mailchimp refuses the key.")
        other = {"key": "e" * 32 + "-us7"}

        refused = owner.post(page_of("key"), other)
        assert refused.status_code == 400
        assert "tick below that it can’t be opened any more" in refused.content.decode()
        assert 'name="another"' in refused.content.decode()
        assert owner.post(page_of("key"), other | {"another": "on"}).status_code == 302
        assert MailchimpAccount.objects.get().data_centre == "us7"

    def test_the_key_of_the_environment_is_used_and_kept_nowhere_else(self, owner: Client, settings: Settings) -> None:
        entry = settings.NEWSLETTER_BACKENDS["mailchimp"]
        with_key = entry | {"OPTIONS": entry["OPTIONS"] | {"api_key": KEY}}
        settings.NEWSLETTER_BACKENDS = settings.NEWSLETTER_BACKENDS | {"mailchimp": with_key}

        page = owner.get(page_of("key")).content.decode()
        owner.post(page_of("key"), {"key": "f" * 32 + "-us7"})

        kept = MailchimpAccount.objects.get()
        assert "The key of the environment is used" in page
        assert 'type="password"' not in page
        assert (kept.hint, bytes(kept.sealed_key)) == ("cdef", b"")

    def test_a_refused_key_says_what_to_do_and_leaves_what_was_known(self, owner: Client) -> None:
        make_account(problem="Mailchimp refuses the key.")

        page = owner.get(page_of("index")).content.decode()

        assert "Mailchimp refuses the key." in page
        assert "Make a new key at Mailchimp and enter it here" in page
        assert "Your newsletters" not in page or "Choose an audience" in page
        assert len(MailchimpAccount.objects.get().audiences) == 2

    def test_checking_again_asks_once(self, owner: Client) -> None:
        make_account(problem="Mailchimp refuses the key.")

        for _ in range(2):
            owner.post(page_of("check"))

        assert RemoteTask.objects.count() == 1
        assert "Checking the key…" in owner.get(page_of("index")).content.decode()

    def test_without_an_account_there_is_nothing_to_check(self, owner: Client, newsletter: Newsletter) -> None:
        """A task would wait for a key for good."""
        assert owner.post(page_of("check")).status_code == 302
        assert owner.post(page_of("fetch", newsletter))["Location"] == page_of("index")
        assert not RemoteTask.objects.exists()

    def test_a_check_that_is_put_off_says_why(self, owner: Client) -> None:
        kept = make_account(checked_at=None)
        ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=timezone.now())
        RemoteTask.objects.update(attempts=2, said="Mailchimp did not answer.")

        page = owner.get(page_of("index")).content.decode()

        assert kept.problem == ""
        assert "Checking the key…" in page
        assert "Mailchimp did not answer." in page

    def test_a_check_that_was_given_up_says_why(self, owner: Client) -> None:
        make_account(checked_at=None)
        ask_for(RemoteTaskKind.CHECK_ACCOUNT, now=timezone.now())
        RemoteTask.objects.update(state=RemoteTaskState.FAILED, said="Mailchimp answered with something else.")

        assert "Mailchimp answered with something else." in owner.get(page_of("index")).content.decode()


class TestDisconnecting:
    def test_it_forgets_the_key_and_ends_what_waits(self, owner: Client, newsletter: Newsletter) -> None:
        make_account()
        choose(newsletter)

        assert owner.get(page_of("disconnect")).status_code == 200
        owner.post(page_of("disconnect"))

        assert not MailchimpAccount.objects.exists()
        assert RemoteTask.objects.get().state == RemoteTaskState.FAILED
        assert newsletter.mailchimp.list_name == "Practice readers"
        assert "Connect Mailchimp" in owner.get(page_of("index")).content.decode()

    def test_not_while_it_sends_a_newsletter(self, owner: Client, newsletter: Newsletter) -> None:
        make_account()
        agree(choose(newsletter))
        switch_on(newsletter, by=None, now=timezone.now())

        answer = owner.post(page_of("disconnect"))

        assert answer.status_code == 400
        assert "sends the issues of “Rounds”" in answer.content.decode()
        assert connect() is not None

    def test_not_while_somebody_is_to_be_deleted_there(self, owner: Client, newsletter: Newsletter) -> None:
        make_account()
        MailchimpMember.objects.create(audience=choose(newsletter), member_hash="0" * 32, erasing=True)

        answer = owner.post(page_of("disconnect"))

        assert answer.status_code == 400
        assert "1 reader who was erased here is still to be deleted there" in answer.content.decode()
        assert MailchimpAccount.objects.exists()

    def test_not_while_a_webhook_is_removed_unless_the_key_opens_nothing(
        self, owner: Client, newsletter: Newsletter
    ) -> None:
        make_account()
        ask_for(RemoteTaskKind.REMOVE_HOOK, name="remove_hook:1", now=timezone.now())

        assert owner.post(page_of("disconnect")).status_code == 400
        MailchimpAccount.objects.update(problem="Mailchimp refuses the key.")

        assert owner.post(page_of("disconnect")).status_code == 302
