"""The settings as a process sees them when it starts: strict, safe, and one line where something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts processes

ROOT = Path(__file__).resolve().parents[2]
KEY = "kq3vX-8zP_2mWcYb7TfJr9LhNs4DgAe6UoRi1CtVxBnMyKwQpZ"
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": KEY,
    "BASE_URL": "https://www.example.org",
    "SMTP_URL": "smtp://rounds:hunter2-hunter2@mail.example.org:587",
}
READ = {
    "DATABASE_URL",
    "MEDIA_STORAGE",
    "REDIS_URL",
    "TRUSTED_PROXIES",
    "ALLOWED_HOSTS",
    "SECRET_KEY_FALLBACKS",
    "VAR_DIR",
    "PORT",
    "INBOX_SMTP_PORT",
    *PRODUCTION,
}


def run(*command: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A Python process of this checkout that knows only these variables of ours."""
    clean = {name: value for name, value in os.environ.items() if name not in READ and not name.startswith("DJANGO")}
    return subprocess.run(
        [sys.executable, *command],
        env={**clean, "PYTHONPATH": str(ROOT / "site"), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def var(tmp_path: Path) -> dict[str, str]:
    return {"VAR_DIR": str(tmp_path / "var")}


def test_production_settings_pass_the_deployment_check(var: dict[str, str]) -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING", variables={**PRODUCTION, **var})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "BASE_URL", "SMTP_URL"])
def test_production_never_starts_without(missing: str, var: dict[str, str]) -> None:
    variables = {name: value for name, value in {**PRODUCTION, **var}.items() if name != missing}
    done = run("manage.py", "check", variables=variables)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"rounds: {missing} is not set; it is required here"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "hunter2"),
        ("SECRET_KEY_FALLBACKS", "hunter2,hunter2"),
        ("BASE_URL", "example.org"),
        ("DATABASE_URL", "postgres://ada:hunter2@db:port/rounds"),
        ("SMTP_URL", "smtp://ada:hunter2@mail.example.org?tls=maybe"),
        ("REDIS_URL", "http://hunter2@localhost"),
        ("MEDIA_STORAGE", "s3://"),
        ("TRUSTED_PROXIES", "proxy"),
        ("VAR_DIR", "var"),
        ("PORT", "http"),
        ("INBOX_SMTP_PORT", ""),
    ],
)
def test_a_malformed_variable_stops_manage_with_one_line_that_keeps_the_secret(
    name: str, value: str, var: dict[str, str]
) -> None:
    done = run("manage.py", "check", variables={**var, name: value})
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"rounds: {name}")
    assert "hunter2" not in line


def test_a_malformed_list_of_hosts_stops_production(var: dict[str, str]) -> None:
    done = run("manage.py", "check", variables={**PRODUCTION, **var, "ALLOWED_HOSTS": "*"})
    assert done.returncode == 1
    assert done.stderr.startswith("rounds: ALLOWED_HOSTS")


def values(variables: dict[str, str], *names: str) -> dict[str, object]:
    code = "import json, sys; from django.conf import settings; " + (
        f"print(json.dumps({{name: getattr(settings, name) for name in {names!r}}}, default=str))"
    )
    done = run("-c", code, variables=variables)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize("redis", [{}, {"REDIS_URL": "redis://localhost:6379/0"}])
@pytest.mark.parametrize("place", ["dev", "test", "production"])
def test_each_app_is_installed_once(place: str, redis: dict[str, str], var: dict[str, str]) -> None:
    variables = {**PRODUCTION, **var, **redis, "DJANGO_SETTINGS_MODULE": f"config.settings.{place}"}
    apps = values(variables, "INSTALLED_APPS")["INSTALLED_APPS"]
    assert isinstance(apps, list)
    assert len(apps) == len(set(apps))


def test_the_inbox_is_no_part_of_production(var: dict[str, str]) -> None:
    apps = values({**PRODUCTION, **var}, "INSTALLED_APPS")["INSTALLED_APPS"]
    assert isinstance(apps, list)
    assert "inbox" not in apps


def test_cookies_and_redirects_follow_the_scheme_of_the_site(var: dict[str, str]) -> None:
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert set(values({**PRODUCTION, **var}, *names).values()) == {True}
    assert set(values({**PRODUCTION, **var, "BASE_URL": "http://127.0.0.1:8000"}, *names).values()) == {False}


def test_mails_to_editors_come_from_the_sites_own_name(var: dict[str, str]) -> None:
    assert values({**PRODUCTION, **var}, "DEFAULT_FROM_EMAIL") == {"DEFAULT_FROM_EMAIL": "no-reply@www.example.org"}


def test_a_bucket_is_really_configured_with_public_addresses(var: dict[str, str]) -> None:
    code = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.core.files.storage import default_storage\n"
        "print(default_storage.url('images/a.jpg'), settings.MEDIA_URL)\n"
        "from core.middleware import ContentSecurityPolicyMiddleware\n"
        "print(ContentSecurityPolicyMiddleware(None).public)\n"
    )
    bucket = {"MEDIA_STORAGE": "s3://rounds-media?domain=media.example.org", "AWS_REGION": "eu-central-1"}
    done = run("-c", code, variables={**PRODUCTION, **var, **bucket})
    assert done.returncode == 0, done.stderr
    addresses, policy = done.stdout.splitlines()
    assert addresses == "https://media.example.org/images/a.jpg https://media.example.org/"
    assert "img-src 'self' data: https://media.example.org;" in policy


def test_a_development_site_makes_itself_a_key_and_keeps_it(var: dict[str, str]) -> None:
    first = values({**var, "DJANGO_SETTINGS_MODULE": "config.settings.dev"}, "SECRET_KEY")
    second = values({**var, "DJANGO_SETTINGS_MODULE": "config.settings.dev"}, "SECRET_KEY")
    assert first == second
    assert (Path(var["VAR_DIR"]) / "secret_key").read_text() == first["SECRET_KEY"]


def test_the_address_and_the_mail_of_a_development_site_follow_its_ports(var: dict[str, str]) -> None:
    variables = {**var, "DJANGO_SETTINGS_MODULE": "config.settings.dev", "PORT": "8700", "INBOX_SMTP_PORT": "8725"}
    found = values(variables, "BASE_URL", "EMAIL_PORT", "EMAIL_HOST")
    assert found == {"BASE_URL": "http://127.0.0.1:8700", "EMAIL_PORT": 8725, "EMAIL_HOST": "127.0.0.1"}


@pytest.mark.redis
def test_with_redis_rate_limits_and_tasks_are_shared_by_all_machines(var: dict[str, str]) -> None:
    code = (
        "import django; django.setup()\n"
        "import django_rq\n"
        "from django.core.cache import cache\n"
        "from wagtail.tasks import delete_file_from_storage_task\n"
        "cache.set('rounds-test', 'shared', 5)\n"
        "queue = django_rq.get_queue('default')\n"
        "before = queue.count\n"
        "delete_file_from_storage_task.enqueue('default', 'no/such/file')\n"
        "print(cache.get('rounds-test'), queue.count - before)\n"
        "queue.empty()\n"
    )
    done = run("-c", code, variables={**PRODUCTION, **var, "REDIS_URL": os.environ["REDIS_URL"]})
    assert done.returncode == 0, done.stderr
    assert done.stdout == "shared 1\n"
