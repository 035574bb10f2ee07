"""Addresses for readers: subscribe, confirm, unsubscribe, archive."""

from django.urls import URLPattern

app_name = "newsletter"
urlpatterns: list[URLPattern] = []
