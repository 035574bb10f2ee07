"""What holds for every address of the API: tokens, limits, methods, sizes, caches; and its reference page."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from core.limits import Limit
from newsletter.api import access
from newsletter.api.reference import groups, schema
from newsletter.audience.api_tokens import Scope
from newsletter.engine.machine import CampaignState
from newsletter.models import Newsletter, SignUpRequest
from tests.factories import make_home, make_newsletter
from tests.factories_delivery import make_campaign
from tests.integration.calling import Program, error_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(newsletter: Newsletter) -> Program:
    return Program.with_scopes()


class TestTokens:
    @pytest.mark.parametrize(
        "header",
        ["", "Bearer", "Bearer ", "Bearer rounds_guess", "Basic {text}", "{text}", "Token {text}", "Bearer {text} x"],
    )
    def test_without_a_good_token_nothing_is_said(self, program: Program, header: str) -> None:
        answer = Client().get("/api/v1/newsletters", HTTP_AUTHORIZATION=header.format(text=program.text))
        assert error_of(answer) == (401, "unknown_token")
        assert answer["WWW-Authenticate"] == "Bearer"

    def test_a_token_in_the_address_or_of_a_login_opens_nothing(self, program: Program) -> None:
        assert Client().get(f"/api/v1/newsletters?token={program.text}").status_code == 401
        assert Client(headers={"Cookie": f"token={program.text}"}).get("/api/v1/newsletters").status_code == 401

    def test_a_scope_that_is_missing_is_named(self, newsletter: Newsletter) -> None:
        answer = Program.with_scopes(Scope.READ_ISSUES).ask("GET", "/newsletters")
        assert error_of(answer) == (403, "not_allowed")
        assert "newsletters:read" in answer["WWW-Authenticate"]

    def test_a_busy_program_is_told_to_wait_and_others_are_not(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(access, "REQUESTS", Limit(name="test-busy", amount=2, every=timedelta(days=1)))
        answers = [program.ask("GET", "/newsletters") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert error_of(answers[2]) == (429, "too_many")
        assert 0 < int(answers[2]["Retry-After"]) <= 86_401
        assert Program.with_scopes().ask("GET", "/newsletters").status_code == 200

    def test_whoever_tries_out_tokens_is_stopped(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(access, "WRONG_TOKENS", Limit(name="test-wrong", amount=2, every=timedelta(days=1)))
        statuses = [Program(f"rounds_{n}").ask("GET", "/newsletters").status_code for n in range(3)]
        assert statuses == [401, 401, 429]
        assert program.ask("GET", "/newsletters").status_code == 200


class TestRequests:
    def test_a_large_request_is_refused_before_it_is_read(self, program: Program) -> None:
        answer = program.ask("POST", "/subscriptions", {"newsletter": "rounds", "email": "a" * 70_000})
        assert error_of(answer) == (413, "too_large")

    @pytest.mark.parametrize("length", ["nonsense", "-5", "99999999999"])
    def test_a_length_that_is_none_is_refused(self, program: Program, length: str) -> None:
        answer = Client().generic("POST", "/api/v1/subscriptions", b"{}", CONTENT_LENGTH=length)
        assert error_of(answer)[0] == 413

    @pytest.mark.parametrize(
        "body", [b"{", b"\xff\xfe", b"[" * 60_000, b"nonsense", b'{"a": 1e999999}', b'"\\ud800"', b"null", b"[]", b"1"]
    )
    def test_a_body_that_is_no_json_object_is_refused(self, program: Program, body: bytes) -> None:
        answer = Client().post(
            "/api/v1/subscriptions",
            body,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {program.text}",
        )
        assert error_of(answer)[0] in {400, 422}

    def test_a_form_of_another_site_is_no_request(self, program: Program) -> None:
        answer = Client().post("/api/v1/subscriptions", {"newsletter": "rounds", "email": "ana@example.com"})
        assert error_of(answer) == (415, "not_json")
        assert not SignUpRequest.objects.exists()

    def test_methods_that_make_no_sense_are_answered_with_those_that_do(self, program: Program) -> None:
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            answer = program.ask(method, "/subscribers", {})
            assert error_of(answer) == (405, "wrong_method")
            assert answer["Allow"] == "GET, HEAD, OPTIONS"
        options = program.ask("OPTIONS", "/subscribers")
        assert (options.status_code, options["Allow"], options.content) == (204, "GET, HEAD, OPTIONS", b"")
        assert "Access-Control-Allow-Origin" not in options

    def test_head_says_what_get_would(self, program: Program) -> None:
        assert program.ask("HEAD", "/newsletters").status_code == 200
        assert Program("").ask("HEAD", "/newsletters").status_code == 401

    @pytest.mark.parametrize("path", ["/", "/nowhere", "/subscribers/", "/subscribers/1/../2", "//subscribers"])
    def test_unknown_addresses_are_answered_in_the_same_shape(self, program: Program, path: str) -> None:
        assert error_of(program.ask("GET", path))[0] == 404

    def test_nothing_is_kept_by_caches_and_no_cookie_is_set(self, program: Program) -> None:
        for answer in (program.ask("GET", "/subscribers"), Program("").ask("GET", "/subscribers")):
            assert answer["Cache-Control"] == "no-store"
            assert not answer.cookies

    def test_a_filter_that_is_spelt_wrong_lists_nobody(self, program: Program) -> None:
        assert error_of(program.ask("GET", "/subscribers?newsleter=rounds")) == (422, "invalid")


class TestPublications:
    def test_newsletters_are_listed_hidden_ones_too(self, program: Program) -> None:
        make_newsletter(slug="secret", name="Secret", hidden=True)
        items = program.ask("GET", "/newsletters").json()["items"]
        assert {item["slug"]: item["hidden"] for item in items} == {"rounds": False, "secret": True}

    def test_only_issues_that_were_sent_are_listed_the_latest_first(self, program: Program) -> None:
        newsletter = Newsletter.objects.get()
        sent = [make_campaign(newsletter, state=CampaignState.SENT, started_at=timezone.now()) for _ in range(3)]
        for state in (CampaignState.SCHEDULED, CampaignState.CANCELLED, CampaignState.SENDING):
            make_campaign(newsletter, state=state)
        first = program.ask("GET", "/issues?limit=2").json()
        rest = program.ask("GET", f"/issues?limit=2&before={first['next']}").json()
        ids = [item["id"] for item in first["items"] + rest["items"]]
        assert (ids, rest["next"]) == ([campaign.issue_id for campaign in reversed(sent)], None)

    def test_an_issue_is_read_as_it_was_mailed_and_a_draft_is_not_there(
        self, program: Program, settings: Settings
    ) -> None:
        settings.BASE_URL = "https://rounds.example"
        newsletter = Newsletter.objects.get()
        sent = make_campaign(newsletter, state=CampaignState.SENT, web_html="<p>Hello</p>")
        shown = program.ask("GET", f"/issues/{sent.issue_id}").json()
        assert (shown["html"], shown["subject"]) == ("<p>Hello</p>", sent.subject)
        assert shown["url"] == f"https://rounds.example/newsletters/rounds/{sent.issue_id}/"
        draft = make_campaign(newsletter, state=CampaignState.SCHEDULED)
        assert error_of(program.ask("GET", f"/issues/{draft.issue_id}")) == (404, "not_found")


class TestReference:
    def test_the_document_is_public_and_names_what_each_operation_needs(self) -> None:
        answer = Client().get(reverse("newsletter_api_document"))
        document = json.loads(answer.content)
        operations = [one for methods in document["paths"].values() for one in methods.values()]
        assert len(operations) == 11
        assert {one["x-scope"] for one in operations} == {scope.value for scope in Scope}
        assert all(one["security"] == [{"BearerToken": []}] for one in operations)
        assert document["components"]["securitySchemes"]["BearerToken"]["scheme"] == "bearer"

    def test_the_page_shows_every_operation_without_a_script_and_without_anything_from_elsewhere(self) -> None:
        make_home()
        answer = Client().get(reverse("newsletter_api_docs"))
        page = answer.content.decode()
        for _, operations in groups():
            for operation in operations:
                assert f'id="{operation.id}"' in page
                assert operation.scope in page
        assert "<script" not in page
        assert " style=" not in page
        assert re.findall(r'(?:src|href)="https?://(?!testserver)', page) == []
        assert "unsafe-eval" not in answer["Content-Security-Policy"]

    def test_the_document_says_nothing_of_this_installation(self, program: Program) -> None:
        assert "reader" in json.dumps(schema())
        assert program.text[:12] not in json.dumps(schema())
