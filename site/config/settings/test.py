"""The test suite: quick hashing, tasks run inline, every file under a temporary folder."""

import os
import secrets
import tempfile
from pathlib import Path

from config import env, relays
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, newsletter_backends

#: Made when something is first kept there, removed when the test run ends (tests/conftest.py).
TEST_DIR = Path(tempfile.gettempdir()) / f"rounds-test-{secrets.token_hex(8)}"

SECRET_KEY = "a key for tests only, never used to sign anything that is real"  # noqa: S105
BASE_URL = "https://testserver"  # https: the check before sending holds here as in production
DEBUG = False
ALLOWED_HOSTS = ["*"]
WAGTAILADMIN_BASE_URL = BASE_URL
try:
    SMTP = env.read(
        "SMTP_URL", relays.smtp_address, os.environ, default=relays.smtp_address("smtp://127.0.0.1:2525?tls=none")
    )
    MAILCHIMP_API_URL = env.read("MAILCHIMP_API_URL", env.loopback_url, os.environ, default="")
except env.EnvironmentValueError as error:
    env.stop(error)
NEWSLETTER_BACKENDS = {
    **newsletter_backends(SMTP, mailchimp_url=MAILCHIMP_API_URL),
    "memory": {"BACKEND": "newsletter.backends.memory.MemoryBackend", "OPTIONS": {}},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
INSTALLED_APPS = [*INSTALLED_APPS, "inbox"]
NEWSLETTER_CLICKS_EVERY = 0  # no thread beside a test
NEWSLETTER_JOURNAL_DIR = TEST_DIR / "journals"
INBOX_DIR = TEST_DIR / "inbox"
INBOX_SMTP_PORT = 2525

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = str(TEST_DIR / "media")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": MEDIA_ROOT}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
