"""Addresses of the pages around stories."""

from django.urls import URLPattern, path

from blog.web.corrections import corrections_page
from blog.web.glossary import glossary
from blog.web.problems import report_page, reported
from blog.web.series import series_page

urlpatterns: list[URLPattern] = [
    path("report/", report_page, name="report"),
    path("report/thanks/", reported, name="reported"),
    path("glossary/", glossary, name="glossary"),
    path("corrections/", corrections_page, name="corrections"),
    path("series/<slug:slug>/", series_page, name="series"),
]
