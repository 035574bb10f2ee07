"""A server on the internet: nothing has a guessable default, everything goes over TLS."""

import os
from urllib.parse import urlsplit

from config import env, relays
from config.settings.base import *  # noqa: F403
from config.settings.base import django_email, newsletter_backends

try:
    SECRET_KEY = env.read("SECRET_KEY", env.secret_key, os.environ)
    BASE_URL = env.read("BASE_URL", env.base_url, os.environ)
    SMTP = env.read("SMTP_URL", relays.smtp_address, os.environ)
    ALLOWED_HOSTS = env.read("ALLOWED_HOSTS", env.host_list, os.environ, default=[urlsplit(BASE_URL).hostname or ""])
    env.refuse("MAILCHIMP_API_URL", os.environ, because="Mailchimp's key says where it leads")
except env.EnvironmentValueError as error:
    env.stop(error)

DEBUG = False
WAGTAILADMIN_BASE_URL = BASE_URL
NEWSLETTER_BACKENDS = newsletter_backends(SMTP)
globals().update(django_email(SMTP))
# Wagtail's mails to editors; Django's default is an address that no mail server takes.
DEFAULT_FROM_EMAIL = f"no-reply@{urlsplit(BASE_URL).hostname}"

# A thread keeps its connection to SQLite: the last one to close would write the whole log back, with every request.
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)

# Without TLS only a trial on one machine works, and `check --deploy` says so.
TLS = BASE_URL.startswith("https://")
SECURE_SSL_REDIRECT = TLS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # asked from inside, past the proxy that ends TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
CSRF_TRUSTED_ORIGINS = [BASE_URL]
