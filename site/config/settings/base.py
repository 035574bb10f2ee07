"""What every place shares. Values come from the environment, read by `config.env`."""

import os
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import env, relays, stores

BASE_DIR = Path(__file__).resolve().parents[3]

try:
    #: Everything that a site without services of its own keeps: database, media, cache, inbox.
    VAR_DIR = env.read("VAR_DIR", env.folder, os.environ, default=BASE_DIR / "var")
    DATABASES = {
        "default": env.read(
            "DATABASE_URL", stores.database, os.environ, default=stores.sqlite(str(VAR_DIR / "rounds.sqlite3"))
        )
    }
    MEDIA = env.read(
        "MEDIA_STORAGE", stores.media_storage, os.environ, default=stores.media_storage(f"file://{VAR_DIR / 'media'}")
    )
    if "DATABASE_URL" not in os.environ:
        env.make_folder(VAR_DIR)
    REDIS_URL = env.read("REDIS_URL", env.redis_url, os.environ, default="")
    TRUSTED_PROXIES: list[str] = env.read("TRUSTED_PROXIES", env.network_list, os.environ, default=[])
    #: `host:port` of receivers of webhooks that may be private and without TLS: on a machine for trying things out.
    NEWSLETTER_HOOKS_ALLOW: list[str] = env.read("NEWSLETTER_HOOKS_ALLOW", env.socket_list, os.environ, default=[])
    SECRET_KEY_FALLBACKS: list[str] = env.read("SECRET_KEY_FALLBACKS", env.secret_keys, os.environ, default=[])
    #: Beyond it sign-ups wait until an owner has looked at them (`newsletter.audience.breaker`).
    NEWSLETTER_SIGN_UPS_PER_HOUR: int = env.read("NEWSLETTER_SIGN_UPS_PER_HOUR", env.amount, os.environ, default=500)
    #: Seconds for which a worker that says nothing keeps its chunks (`newsletter.delivery.store.lease`).
    NEWSLETTER_LEASE: int = env.read("NEWSLETTER_LEASE", env.amount, os.environ, default=20)
    #: Seconds after which a remote task is taken from a worker that says nothing (`newsletter.delivery.remote.runner`).
    NEWSLETTER_REMOTE_LEASE: int = env.read("NEWSLETTER_REMOTE_LEASE", env.amount, os.environ, default=180)
    #: The account of those newsletters that Mailchimp sends; without it the admin asks for a key.
    MAILCHIMP_API_KEY: str = env.read("MAILCHIMP_API_KEY", env.mailchimp_key, os.environ, default="")
except env.EnvironmentValueError as error:
    env.stop(error)

INSTALLED_APPS = [
    "demo",
    "newsletter",
    "blog",
    "core",
    "wagtail.contrib.forms",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django_filters",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "core.middleware.ContentSecurityPolicyMiddleware",
    "newsletter.web.clicks.answering.CountedLinkMiddleware",  # before all that a click has no need of
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
    "blog.admin.refusals.PublishRefusedMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "site" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
#: Of this machine alone, on a disk of its own: what workers note while they send (docs/operations.md).
NEWSLETTER_JOURNAL_DIR = VAR_DIR / "journals"
#: Seconds for which clicks are collected before they are written together; 0: each with its own answer.
NEWSLETTER_CLICKS_EVERY = 2.0
STATICFILES_DIRS = [BASE_DIR / "site" / "static"]
# A bucket serves its files itself.
MEDIA_URL = f"https://{MEDIA['OPTIONS']['custom_domain']}/" if "custom_domain" in MEDIA["OPTIONS"] else "/media/"
MEDIA_ROOT = MEDIA["OPTIONS"].get("location", "")
STORAGES = {
    "default": MEDIA,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

CACHES = (
    {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    if REDIS_URL
    # Rate limits must hold over all processes of one machine: a file cache is shared, a memory cache is not.
    else {
        "default": {
            "BACKEND": "core.file_cache.CountingFileCache",
            "LOCATION": VAR_DIR / "cache",
            # Each sign-up leaves counters; at the default of 300 a busy hour would throw them out.
            "OPTIONS": {"MAX_ENTRIES": 40_000},
        }
    }
)

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
if REDIS_URL:
    INSTALLED_APPS += ["django_tasks_rq", "django_rq"]
    RQ_QUEUES = {"default": {"URL": REDIS_URL}}
    TASKS = {"default": {"BACKEND": "django_tasks_rq.RQBackend"}}

WAGTAIL_SITE_NAME = "Rounds"
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "webp", "avif"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 20 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 50_000_000
WAGTAILIMAGES_IMAGE_FORM_BASE = "core.images.PublicationImageForm"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "core.documents.PublicationDocumentForm"
WAGTAILDOCS_EXTENSIONS = [
    *("mp3", "m4a", "aac", "ogg", "oga", "opus", "wav", "flac"),  # played in the story
    *("pdf", "docx", "odt", "xlsx", "csv", "txt"),  # nothing that a browser would run, such as HTML or SVG
]
WAGTAILDOCS_CONTENT_TYPES = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
}
#: All others are downloads.
WAGTAILDOCS_INLINE_CONTENT_TYPES = ["application/pdf", *sorted(set(WAGTAILDOCS_CONTENT_TYPES.values()))]
WAGTAIL_GRAVATAR_PROVIDER_URL = None  # no editor's address leaves the site
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []  # embeds would load third parties
# PostgreSQL's default depends on how the server was set up; SQLite's search knows no language.
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database", "SEARCH_CONFIG": "english"}}
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True

# A long story is one form with several fields a block; Django's thousand would refuse it, and its draft with it.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000

X_FRAME_OPTIONS = "DENY"  # Wagtail's previews and the inbox's messages exempt themselves
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "core.private_log.PrivateFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            # What follows acts for a reader, or for a service (a test finds the pages that are missing here).
            "secret_after": [
                *("/confirm/", "/preferences/", "/unsubscribe/", "/your-data/", "/change-address/"),
                "/hooks/mailchimp/",
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "newsletter": {"level": "INFO"},
        "blog": {"level": "INFO"},
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},  # the server of a developer
        # Whoever scans the internet asks for hosts that are not ours: answered with 400, not worth a traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}


def newsletter_backends(smtp: relays.SmtpAddress, *, mailchimp_url: str = "") -> dict[str, dict[str, object]]:
    """The backends a newsletter can choose from; `default` hands mail to the relay or the relays of SMTP_URL.

    `mailchimp_url` is of a stand-in on this machine; a real account's key says where it leads.
    """
    options: dict[str, object] = {"connections": 10}
    if smtp.others:
        options["relays"] = [{**_relay(one), "weight": one.weight} for one in (smtp, *smtp.others)]
    else:
        options.update(_relay(smtp))
    mailchimp = {"api_key": MAILCHIMP_API_KEY, "api_url": mailchimp_url}
    return {
        "default": {"BACKEND": "newsletter.backends.smtp.SmtpBackend", "OPTIONS": options},
        "mailchimp": {"BACKEND": "newsletter.backends.mailchimp.backend.MailchimpBackend", "OPTIONS": mailchimp},
    }


def _relay(smtp: relays.SmtpAddress) -> dict[str, object]:
    return {"host": smtp.host, "port": smtp.port, "user": smtp.user, "password": smtp.password, "tls": smtp.tls}


def django_email(smtp: relays.SmtpAddress) -> dict[str, object]:
    """Django's own mail settings, for password resets and notifications to editors: it knows one relay, the first."""
    return {
        "EMAIL_HOST": smtp.host,
        "EMAIL_PORT": smtp.port,
        "EMAIL_HOST_USER": smtp.user,
        "EMAIL_HOST_PASSWORD": smtp.password,
        "EMAIL_USE_TLS": smtp.tls == "starttls",
        "EMAIL_USE_SSL": smtp.tls == "implicit",
        "EMAIL_TIMEOUT": 30,
    }
