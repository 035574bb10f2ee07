"""Addresses for readers: subscribe, confirm, unsubscribe, archive."""

from django.urls import URLPattern, path

from newsletter.web import archive, subscribe

app_name = "newsletter"
urlpatterns: list[URLPattern] = [
    path("subscribe/", subscribe.subscribe_page, name="subscribe"),
    path("subscribe/check-your-inbox/", subscribe.subscribed, name="subscribed"),
    path("newsletters/<slug:slug>/", archive.archive, name="archive"),
    path("newsletters/<slug:slug>/<int:issue_id>/", archive.issue, name="issue"),
]
