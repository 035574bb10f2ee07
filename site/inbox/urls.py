"""Addresses of the local inbox."""

from django.urls import path

from inbox import views

app_name = "inbox"
urlpatterns = [
    path("", views.messages, name="messages"),
    path("messages.json", views.as_json, name="json"),
    path("delete/", views.delete_all, name="delete_all"),
    path("<str:key>/", views.show, name="message"),
    path("<str:key>/html/", views.html_part, name="html"),
    path("<str:key>/message.eml", views.raw, name="raw"),
]
