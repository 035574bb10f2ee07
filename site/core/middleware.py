"""Headers that every answer carries."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse

#: Public pages load nothing from anywhere else and run no inline script. Inline style stays allowed: the archive
#: shows mails as they were sent, and mail programs know no style sheets.
PUBLIC_POLICY = (
    "default-src 'self'; img-src 'self' data:{media}; media-src 'self'{media}; style-src 'self' 'unsafe-inline'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
#: Wagtail's admin needs inline script (telepath) and blob images; still nothing from elsewhere.
ADMIN_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:{media}; font-src 'self' data:; frame-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)


def media_origin() -> str:
    """Where pictures and recordings come from when they are kept in a bucket; empty when they come from here."""
    parts = urlsplit(default_storage.url("picture"))
    return f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""


class ContentSecurityPolicyMiddleware:
    """No third-party request on any page, enforced by the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        media = media_origin()
        self.public = PUBLIC_POLICY.format(media=media)
        self.admin = ADMIN_POLICY.format(media=media)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = self.admin if request.path.startswith("/admin/") else self.public
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response
