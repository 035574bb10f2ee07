"""Addresses of stories beyond the page tree: feeds, search, site map."""

from django.urls import URLPattern, path
from wagtail.contrib.sitemaps.views import sitemap

from blog.discovery.feeds import feed, topic_feed
from blog.discovery.views import card, robots, search_page
from blog.web.urls import urlpatterns as around_stories

app_name = "blog"
urlpatterns: list[URLPattern] = [
    path("feeds/stories.<str:kind>", feed, name="feed"),
    path("feeds/topics/<slug:slug>.<str:kind>", topic_feed, name="topic_feed"),
    path("search/", search_page, name="search"),
    path("cards/<int:pk>-<slug:digest>.png", card, name="card"),
    *around_stories,
    path("sitemap.xml", sitemap, name="sitemap"),
    path("robots.txt", robots, name="robots"),
]
