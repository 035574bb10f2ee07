"""What is kept sealed for Mailchimp lives through a change of the site's key, all of it or nothing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django import Settings

from newsletter.audience.mailchimp import hooks
from newsletter.audience.mailchimp.account import PURPOSE, account, keep_key
from newsletter.audience.sealing import seal, unseal
from newsletter.models import MailchimpAccount, MailchimpAudience
from tests.factories import make_newsletter
from tests.fakes.mailchimp.state import KEY

pytestmark = pytest.mark.django_db

NEXT = "the next key of this site, long enough to be one"


@pytest.fixture
def audience() -> MailchimpAudience:
    """Of a connected account, with a webhook."""
    keep_key(KEY, by=None, now=timezone.now())
    sealed = seal(b"secret of the hook", purpose=hooks.PURPOSE)
    return MailchimpAudience.objects.create(
        newsletter=make_newsletter(), list_id="aaaaaaaa01", sealed_hook_secret=sealed
    )


def kept_key() -> bytes:
    kept = account()
    assert kept is not None
    return unseal(kept.sealed_key, purpose=PURPOSE)


def test_key_and_webhook_secrets_are_sealed_with_the_new_key(audience: MailchimpAudience, settings: Settings) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEXT
    out = StringIO()
    call_command("reseal_secrets", stdout=out)
    settings.SECRET_KEY_FALLBACKS = []
    audience.refresh_from_db()
    assert (kept_key(), hooks.secret_of(audience)) == (KEY.encode(), b"secret of the hook")
    assert "2" in out.getvalue()


def test_one_that_is_lost_leaves_all_as_they_were(audience: MailchimpAudience, settings: Settings) -> None:
    MailchimpAudience.objects.update(sealed_hook_secret=b"sealed with a key that is gone")
    before = bytes(MailchimpAccount.objects.get().sealed_key)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEXT
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("reseal_secrets", stdout=StringIO())
    assert bytes(MailchimpAccount.objects.get().sealed_key) == before
