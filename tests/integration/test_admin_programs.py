"""API tokens and webhooks in the admin: for the owner, with secrets that are shown once."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from blog.models import HomePage
from newsletter.admin.programs.endpoints import HookViewSet
from newsletter.admin.programs.tokens import TokenViewSet
from newsletter.admin.roles import ROLES
from newsletter.audience.api_tokens import Scope, find_token, make_token
from newsletter.audience.hook_secrets import give_secret, secrets_of
from newsletter.audience.hooks import announce_test
from newsletter.delivery import hooks as delivery
from newsletter.engine.hook_signature import written
from newsletter.models import ApiToken, HookAttempt, HookEndpoint, HookStop, OutgoingHook
from tests.integration.admin_scene import log_in
from tests.integration.calling import Program

pytestmark = pytest.mark.django_db

URL = "https://hooks.example.org/in"
SECRET = re.compile(r"(rounds_[A-Za-z0-9_-]{20,}|whsec_[A-Za-z0-9+/=]{20,})")


@pytest.fixture
def owner(home: HomePage, logins: None) -> Client:
    return log_in("owner")


def make_endpoint(**fields: object) -> HookEndpoint:
    endpoint = HookEndpoint(**{"url": URL, "events": ["subscribed"], **fields})  # type: ignore[arg-type]
    give_secret(endpoint, now=timezone.now())
    endpoint.save()
    return endpoint


def addresses() -> dict[str, str]:
    """Every view of the two rooms, with its methods."""
    token, _ = make_token(name="shop", scopes=[Scope.READ_ISSUES], now=timezone.now())
    endpoint = make_endpoint()
    hook = announce_test(endpoint, now=timezone.now())
    given = {"revoke": [token.pk], "again": [endpoint.pk, hook.pk]}
    found = {}
    for viewset in (TokenViewSet(), HookViewSet()):
        for pattern in viewset.get_urlpatterns():
            fixed = [] if "<" not in str(pattern.pattern) else [endpoint.pk]
            name = f"{viewset.url_namespace}:{pattern.name}"
            found[name] = reverse(name, args=given.get(pattern.name or "", fixed))
    found["newsletter_hooks:delete"] = found.pop("newsletter_hooks:delete")  # last: it succeeds
    return found


class TestRoles:
    """Security case 30."""

    @pytest.mark.usefixtures("_short_refusals")
    @pytest.mark.parametrize("role", ROLES)
    def test_the_owner_may_all_and_nobody_else_anything(self, role: str, owner: Client) -> None:
        client, wrong = log_in(role), []
        for name, address in addresses().items():
            for method in ("get", "post", "put", "options"):
                status = getattr(client, method)(address).status_code
                if status not in ({200, 302, 405} if role == "Owner" else {403}):
                    wrong.append((name, method, status))
        assert wrong == []

    def test_nobody_comes_in_without_a_login(self, owner: Client) -> None:
        for address in addresses().values():
            assert Client().post(address)["Location"].startswith("/admin/login/")

    @pytest.mark.parametrize("role", ["Owner", "Editor"])
    def test_the_menu_shows_them_to_the_owner_alone(self, role: str, owner: Client) -> None:
        page = log_in(role).get(reverse("wagtailadmin_home")).content.decode()
        for name in ("newsletter_tokens:index", "newsletter_hooks:index"):
            assert (f'"{reverse(name)}"' in page) == (role == "Owner")


class TestTokens:
    def test_a_token_is_shown_once_and_works(self, owner: Client) -> None:
        given = {"name": "Shop", "scopes": ["issues:read"], "lifetime": "30"}
        page = owner.post(reverse("newsletter_tokens:new"), given)
        (text,) = SECRET.findall(page.content.decode())
        assert "no-store" in page["Cache-Control"]
        token = find_token(text, now=timezone.now())
        assert token is not None
        assert (token.name, token.scopes, token.created_by) == (
            "Shop",
            ["issues:read"],
            User.objects.get(username="owner"),
        )
        assert token.expires_at is not None
        assert token.expires_at - timezone.now() < timedelta(days=30)
        assert Program(text).ask("GET", "/issues").status_code == 200

    def test_afterwards_nothing_holds_it(self, owner: Client, caplog: pytest.LogCaptureFixture) -> None:
        """Security case 51: no page, no log, no error, no column."""
        caplog.set_level(logging.DEBUG)
        _, text = make_token(name="Shop", scopes=[Scope.READ_ISSUES], now=timezone.now())
        answers = [
            Program(text).ask("GET", "/subscribers"),
            Program(text).ask("GET", "/nowhere"),
            Program(text + "x").ask("GET", "/issues"),
            Client().get("/api/v1/issues", HTTP_AUTHORIZATION=f"Basic {text}"),
        ]
        answers += [owner.get(reverse("newsletter_tokens:index")), owner.get(reverse("wagtailadmin_home"))]
        for answer in answers:
            assert text not in answer.content.decode()
        assert text not in caplog.text
        assert text not in str(list(ApiToken.objects.values()))

    def test_a_failure_of_ours_holds_no_token_either(
        self, owner: Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, settings: Settings
    ) -> None:
        def fail(*args: object, **kwargs: object) -> None:
            raise RuntimeError("a mistake")

        settings.DEBUG = True
        monkeypatch.setattr("newsletter.api.newsletters._sent", fail)
        program = Program.with_scopes()
        answer = program.ask("GET", "/issues")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "failed")
        assert b"mistake" not in answer.content
        assert "a mistake" in caplog.text
        assert program.text not in caplog.text

    @pytest.mark.parametrize("given", [{}, {"name": "Shop"}, {"name": "Shop", "scopes": ["everything"]}])
    def test_a_form_without_its_parts_makes_none(self, owner: Client, given: dict[str, object]) -> None:
        page = owner.post(reverse("newsletter_tokens:new"), {"lifetime": "30", **given})
        assert page.status_code == 200
        assert b"error-message" in page.content
        assert not ApiToken.objects.exists()

    def test_a_revoked_or_expired_token_opens_nothing(self, owner: Client) -> None:
        now = timezone.now()
        token, text = make_token(name="Shop", scopes=[Scope.READ_ISSUES], now=now)
        owner.post(reverse("newsletter_tokens:revoke", args=[token.pk]))
        assert Program(text).ask("GET", "/issues").status_code == 401
        _, text = make_token(name="Old", scopes=[Scope.READ_ISSUES], expires_at=now, now=now)
        assert Program(text).ask("GET", "/issues").status_code == 401
        page = owner.get(reverse("newsletter_tokens:index")).content.decode()
        assert ("revoked" in page, "expired" in page) == (True, True)

    def test_its_use_is_noted_once_a_minute(self, owner: Client) -> None:
        now = timezone.now()
        token, text = make_token(name="Shop", scopes=[Scope.READ_ISSUES], now=now)
        for seconds, noted in [(0, 0), (59, 0), (60, 60)]:
            find_token(text, now=now + timedelta(seconds=seconds))
            token.refresh_from_db()
            assert token.last_used_at == now + timedelta(seconds=noted)


class TestWebhooks:
    def test_a_new_one_shows_its_secret_once(self, owner: Client) -> None:
        given = {"url": URL, "events": ["subscribed", "issue_sent"], "active": "on"}
        page = owner.post(reverse("newsletter_hooks:new"), given)
        (secret,) = SECRET.findall(page.content.decode())
        endpoint = HookEndpoint.objects.get()
        assert [written(one) for one in secrets_of(endpoint, now=timezone.now())] == [secret]
        for name in ("index", "show", "edit", "secret"):
            args = [] if name == "index" else [endpoint.pk]
            assert secret not in owner.get(reverse(f"newsletter_hooks:{name}", args=args)).content.decode()

    @pytest.mark.parametrize(
        "url", ["http://hooks.example.org/", "https://127.0.0.1/", "https://[::1]/", "https://2130706433/", "nonsense"]
    )
    def test_a_private_or_open_address_is_refused_with_a_reason(self, owner: Client, url: str) -> None:
        """Security case 43."""
        page = owner.post(reverse("newsletter_hooks:new"), {"url": url, "events": ["subscribed"], "active": "on"})
        assert b"error-message" in page.content
        assert not HookEndpoint.objects.exists()

    def test_a_test_is_queued_and_what_became_of_it_is_shown(self, owner: Client) -> None:
        endpoint = make_endpoint()
        owner.post(reverse("newsletter_hooks:test", args=[endpoint.pk]))
        hook = OutgoingHook.objects.get()
        HookAttempt.objects.create(hook=hook, status=503, answer="<b>busy</b>", milliseconds=12)
        page = owner.get(reverse("newsletter_hooks:show", args=[endpoint.pk])).content.decode()
        assert f"msg_{hook.event_id.hex}" in page
        assert "&lt;b&gt;busy&lt;/b&gt;" in page

    def test_a_delivered_one_is_sent_again_on_request_and_a_foreign_one_never(self, owner: Client) -> None:
        endpoint, other = make_endpoint(), make_endpoint()
        hook = announce_test(endpoint, now=timezone.now())
        OutgoingHook.objects.update(state="sent")
        assert owner.post(reverse("newsletter_hooks:again", args=[other.pk, hook.pk])).status_code == 404
        owner.post(reverse("newsletter_hooks:again", args=[endpoint.pk, hook.pk]))
        hook.refresh_from_db()
        assert hook.state == "pending"

    def test_a_stopped_one_is_on_the_first_page_until_it_is_switched_on(self, owner: Client) -> None:
        endpoint = make_endpoint(description="Shop")
        delivery._stop_endpoint(endpoint, HookStop.GONE, now=timezone.now())
        start = reverse("wagtailadmin_home")
        assert b"Webhooks that were stopped" in owner.get(start).content
        assert b"Webhooks that were stopped" not in log_in("editor").get(start).content
        given = {"url": URL, "events": ["subscribed"], "active": "on"}
        owner.post(reverse("newsletter_hooks:edit", args=[endpoint.pk]), given)
        assert b"Webhooks that were stopped" not in owner.get(start).content

    def test_a_new_secret_leaves_the_old_one_signing_for_a_day(self, owner: Client) -> None:
        endpoint = make_endpoint()
        (old,) = secrets_of(endpoint, now=timezone.now())
        page = owner.post(reverse("newsletter_hooks:secret", args=[endpoint.pk]))
        endpoint.refresh_from_db()
        new, before = secrets_of(endpoint, now=timezone.now())
        assert before == old
        assert written(new) in page.content.decode()

    def test_deleting_takes_its_log_along(self, owner: Client) -> None:
        endpoint = make_endpoint()
        announce_test(endpoint, now=timezone.now())
        owner.post(reverse("newsletter_hooks:delete", args=[endpoint.pk]))
        assert not HookEndpoint.objects.exists()
        assert not OutgoingHook.objects.exists()
