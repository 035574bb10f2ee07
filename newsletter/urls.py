"""Addresses for readers: subscribe, confirm, preferences, unsubscribe, archive."""

from django.urls import URLPattern, path

from newsletter.web import archive, archive_feeds, confirm, mailbox, preferences, subscribe, unsubscribe
from newsletter.web.clicks import answering
from newsletter.webhooks import mailchimp

app_name = "newsletter"
urlpatterns: list[URLPattern] = [
    path("subscribe/", subscribe.subscribe_page, name="subscribe"),
    path("subscribe/check-your-inbox/", subscribe.subscribed, name="subscribed"),
    path("confirm/<str:token>/", confirm.confirm_page, name="confirm"),
    path("preferences/<str:token>/", preferences.preferences_page, name="preferences"),
    path("unsubscribe/<str:token>/", unsubscribe.unsubscribe_page, name="unsubscribe"),
    path("your-data/<str:token>/", mailbox.mailbox_page, name="mailbox"),
    path("change-address/<str:token>/", mailbox.change_address_page, name="change_address"),
    path("newsletters/<slug:slug>/", archive.archive, name="archive"),
    path("newsletters/<slug:slug>/feed.<str:kind>", archive_feeds.feed, name="archive_feed"),
    path("newsletters/<slug:slug>/<int:issue_id>/", archive.issue, name="issue"),
    path("hooks/mailchimp/<str:secret>/", mailchimp.mailchimp_hook, name="mailchimp_hook"),
    path("r/<path:rest>", answering.unknown, name="unknown_counted_link"),
]
