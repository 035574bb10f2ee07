"""A developer's machine and the demo: everything has a default, mail goes to the local inbox."""

import os

from config import env, relays
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS, VAR_DIR, django_email, newsletter_backends

try:
    SECRET_KEY = env.read("SECRET_KEY", env.secret_key, os.environ, default="") or env.kept_secret_key(
        VAR_DIR / "secret_key"
    )
    PORT = env.read("PORT", env.port, os.environ, default=8000)
    INBOX_SMTP_PORT = env.read("INBOX_SMTP_PORT", env.port, os.environ, default=2525)
    BASE_URL = env.read("BASE_URL", env.base_url, os.environ, default=f"http://127.0.0.1:{PORT}")
    SMTP = env.read(
        "SMTP_URL",
        relays.smtp_address,
        os.environ,
        default=relays.smtp_address(f"smtp://127.0.0.1:{INBOX_SMTP_PORT}?tls=none"),
    )
    #: A stand-in for Mailchimp on this machine, such as the one of the tests.
    MAILCHIMP_API_URL = env.read("MAILCHIMP_API_URL", env.loopback_url, os.environ, default="")
except env.EnvironmentValueError as error:
    env.stop(error)

DEBUG = True
ALLOWED_HOSTS = ["*"]
WAGTAILADMIN_BASE_URL = BASE_URL
NEWSLETTER_BACKENDS = newsletter_backends(SMTP, mailchimp_url=MAILCHIMP_API_URL)
globals().update(django_email(SMTP))
DEFAULT_FROM_EMAIL = "no-reply@example.com"

INSTALLED_APPS = [*INSTALLED_APPS, "inbox"]
INBOX_DIR = VAR_DIR / "inbox"

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
