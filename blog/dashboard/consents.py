"""Patients' consents in the admin: Wagtail's choosers show a snippet to everybody who edits anything, these don't."""

from __future__ import annotations

from typing import Any, ClassVar

from wagtail.snippets.views import chooser
from wagtail.snippets.views.snippets import SnippetViewSet

from blog.models import PatientConsent
from core.refusals import Guarded

VIEW = ("blog.view_patientconsent",)


class ChooseConsentView(Guarded, chooser.ChooseView):
    permissions_required = VIEW


class ChooseConsentResultsView(Guarded, chooser.ChooseResultsView):
    permissions_required = VIEW


class ChosenConsentView(Guarded, chooser.SnippetChosenView):
    permissions_required = VIEW


class ChosenConsentsView(Guarded, chooser.SnippetChosenMultipleView):
    permissions_required = VIEW


class ConsentChooserViewSet(chooser.SnippetChooserViewSet):
    choose_view_class = ChooseConsentView
    choose_results_view_class = ChooseConsentResultsView
    chosen_view_class = ChosenConsentView
    chosen_multiple_view_class = ChosenConsentsView


class ConsentViewSet(SnippetViewSet):
    model = PatientConsent
    icon = "lock"
    chooser_viewset_class = ConsentChooserViewSet
    list_display: ClassVar[list[Any]] = ["label", "basis", "obtained_on", "withdrawn_on"]
    list_filter: ClassVar[list[str]] = ["basis"]
