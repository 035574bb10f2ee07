"""Which app answers which address."""

from django.conf import settings
from django.conf.urls.static import static
from django.urls import URLPattern, URLResolver, include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.contrib.sitemaps import Sitemap
from wagtail.contrib.sitemaps.views import sitemap
from wagtail.documents import urls as wagtaildocs_urls

from blog.web.documents import serve_document
from newsletter.web.archive_sitemap import ArchiveSitemap
from newsletter.web.readyz import healthz, readyz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", include(wagtailadmin_urls)),
    path("api/v1/", include("newsletter.api.urls")),
    path("documents/<int:document_id>/<path:document_filename>", serve_document),  # before Wagtail's own
    path("documents/", include(wagtaildocs_urls)),
    # Before the blog's own, which knows of no newsletter.
    path("sitemap.xml", sitemap, {"sitemaps": {"pages": Sitemap, "archive": ArchiveSitemap}}),
    path("", include("blog.urls")),
    path("", include("newsletter.urls")),
]

if "inbox" in settings.INSTALLED_APPS:
    urlpatterns += [path("inbox/", include("inbox.urls"))]
if settings.DEBUG:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)

# Last: Wagtail's pages take every address that nobody above wanted.
urlpatterns += [path("", include(wagtail_urls))]
