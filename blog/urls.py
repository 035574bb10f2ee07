"""Addresses of stories beyond the page tree: feeds, search, site map."""

from django.urls import URLPattern, path
from wagtail.contrib.sitemaps.views import sitemap

from blog.feeds import feed
from blog.views import robots, search

app_name = "blog"
urlpatterns: list[URLPattern] = [
    path("feeds/stories.<str:kind>", feed, name="feed"),
    path("search/", search, name="search"),
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", robots, name="robots"),
]
