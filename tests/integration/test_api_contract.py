"""Schemathesis asks the API everything that its OpenAPI document allows, and a lot that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case as AnyCase
from schemathesis import CheckFunction
from schemathesis.specs.openapi.checks import positive_data_acceptance

from core.limits import Limit
from newsletter.api import access
from newsletter.audience.api_tokens import Scope
from newsletter.engine.machine import CampaignState
from newsletter.models import Newsletter
from tests.factories import make_home, make_subscription
from tests.factories_delivery import make_campaign
from tests.integration.calling import Program

Case = AnyCase[Any]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
# Every request carries the token; what happens without one is tested below, and by the check `ignored_auth`.
document.config.generation.update(with_security_parameters=False)
#: Which time zones, topics and addresses there are is more than a schema can say.
NOT_ASKED: list[CheckFunction] = [positive_data_acceptance]
SUPPRESSED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture(autouse=True)
def connection_stays_open() -> Iterator[None]:
    """As with Django's own test client: the real handler would close the connection in whose transaction a test is."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a program that may do all; there are a reader and a sent issue to hit."""
    for name in ("REQUESTS", "WRONG_TOKENS"):
        monkeypatch.setattr(access, name, Limit(name="unlimited", amount=10**9, every=timedelta(days=1)))
    make_home()
    make_subscription(newsletter)
    make_campaign(newsletter, state=CampaignState.SENT, started_at=timezone.now())
    return Program.with_scopes().text


@document.parametrize()
@settings(max_examples=10, derandomize=True, suppress_health_check=SUPPRESSED, phases=[Phase.generate])
def test_each_operation_answers_as_its_description_says(case: Case, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=NOT_ASKED)


@pytest.mark.slow
@document.parametrize()
@settings(max_examples=300, suppress_health_check=SUPPRESSED)
def test_each_operation_answers_as_its_description_says_for_long(case: Case, token: str) -> None:
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=NOT_ASKED)


@pytest.mark.parametrize("scope", Scope)
def test_each_operation_needs_its_scope_and_no_other(scope: Scope, token: str) -> None:
    answers = {}
    for path, methods in document.raw_schema["paths"].items():
        for method, operation in methods.items():
            address = path.removeprefix("/api/v1").replace("{subscriber_id}", "999").replace("{issue_id}", "999")
            body: dict[str, str] | None = {} if "requestBody" in operation else None
            allowed = operation["x-scope"] == scope.value
            status = Program.with_scopes(scope).ask(method, address, body).status_code
            answers[operation["operationId"]] = (status != 403) == allowed
            assert Program("").ask(method, address, body).status_code == 401
            assert Program("rounds_" + "x" * 43).ask(method, address, body).status_code == 401
    assert all(answers.values()), answers
