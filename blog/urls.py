"""Addresses of stories beyond the page tree: feeds, search, sitemap."""

from django.urls import URLPattern

app_name = "blog"
urlpatterns: list[URLPattern] = []
