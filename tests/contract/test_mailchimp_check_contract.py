"""`mailchimp_check` against a server that enforces Mailchimp's description of its API, and remembers nothing."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.fakes.mailchimp.state import KEY
from tests.fakes.prism_server import prism

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.prism]


def test_every_step_is_accepted_and_none_is_said_to_be_verified(settings: Settings, tmp_path: Path) -> None:
    out = StringIO()
    with prism(tmp_path / "prism.log") as address:
        entry = settings.NEWSLETTER_BACKENDS["mailchimp"]
        options = {"api_key": KEY, "api_url": address}
        settings.NEWSLETTER_BACKENDS = {**settings.NEWSLETTER_BACKENDS, "mailchimp": {**entry, "OPTIONS": options}}
        call_command("mailchimp_check", "--json", "--test-address", "me@example.com", stdout=out, stderr=StringIO())
    told = json.loads(out.getvalue())
    assert told["ok"]
    after_the_audience = told["steps"][2:]
    assert [step["step"] for step in after_the_audience][-1] == "delete"
    assert all("keeps no state" in step["said"] for step in after_the_audience)
