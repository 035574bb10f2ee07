"""The dialog in which an editor picks a story: first those not yet sent, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from core.refusals import Guarded
from newsletter.admin.story_words import StoryLine, lines_for
from newsletter.issues.queries import mailable_stories, unsent_stories
from newsletter.issues.story_history import histories
from newsletter.models import Newsletter
from newsletter.models.story_chooser import StoryChooserBlock, StoryChooserWidget

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from blog.models import StoryPage

COMPOSING = ("newsletter.add_issue", "newsletter.change_issue")


class StoryFilterForm(BaseFilterForm):
    """Search, and which stories to show."""

    UNSENT, ALL = "unsent", "all"

    q = forms.CharField(
        label=_("Search"), required=False, widget=forms.TextInput(attrs={"placeholder": _("Title or standfirst")})
    )
    which = forms.ChoiceField(
        label=_("Stories"),
        required=False,
        choices=[(UNSENT, _("Not yet sent")), (ALL, _("All stories"))],
        widget=forms.Select(attrs={"data-chooser-modal-search-filter": True}),
    )

    @property
    def wants_all(self) -> bool:
        return bool(self.is_valid()) and self.cleaned_data["which"] == self.ALL

    def filter(self, objects: QuerySet[StoryPage]) -> QuerySet[StoryPage]:
        if query := self.cleaned_data.get("q"):
            # Plain matching: the set is small, and a search backend would drop the annotations it is made of.
            objects = objects.filter(Q(title__icontains=query) | Q(standfirst__icontains=query))
            self.is_searching = True
            self.search_query = query
        return objects


class HistoryColumn(Column):
    """In which issues the story went out, when and to whom."""

    cell_template_name = "newsletter/admin/story_history_cell.html"


class StoryListing(Guarded):
    """What the dialog and its list share."""

    permissions_any = COMPOSING
    filter_form_class = StoryFilterForm
    results_template_name = "newsletter/admin/story_chooser_results.html"
    request: HttpRequest
    filter_form: StoryFilterForm
    results: Page[StoryPage]

    @cached_property
    def newsletter(self) -> Newsletter | None:
        return chosen_newsletter(self.request)

    @cached_property
    def lines(self) -> dict[int, StoryLine]:
        """What was already sent to whom, of the stories on this page of the list; for all of them at once."""
        if self.newsletter is None:
            return {}
        shown = list(self.results)
        found = histories(self.newsletter, shown, now=timezone.now())
        return {line.story.pk: line for line in lines_for(self.newsletter, shown, found)}

    def get_object_list(self) -> QuerySet[StoryPage]:
        if self.filter_form.wants_all:
            return mailable_stories().select_related("author").order_by("-first_published_at", "-pk")
        if self.newsletter is None:
            return mailable_stories().none()
        return unsent_stories(self.newsletter).select_related("author")

    @property
    def columns(self) -> list[Column]:
        return [
            *super().columns,  # type: ignore[misc]
            DateColumn("first_published_at", label=_("Published"), width="12%"),
            Column("author", label=_("Author"), width="16%", accessor=lambda story: story.author or ""),
            HistoryColumn("history", label=_("Sent"), width="42%", accessor=lambda story: self.lines.get(story.pk)),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context["shows_all"] = self.filter_form.wants_all
        context["has_newsletter"] = self.newsletter is not None
        return context


def chosen_newsletter(request: HttpRequest) -> Newsletter | None:
    """The newsletter that the issue's form names, or the only one there is."""
    given = request.GET.get("newsletter", "")
    if given.isdecimal():
        return Newsletter.objects.filter(pk=int(given)).first()
    return Newsletter.objects.first()


class ChooseStoryView(StoryListing, chooser.ChooseView):
    pass


class ChooseStoryResultsView(StoryListing, chooser.ChooseResultsView):
    pass


class ChosenStoryView(Guarded, chooser.ChosenView):
    permissions_any = COMPOSING

    def get_object(self, pk: str) -> StoryPage:
        story = mailable_stories().filter(pk=pk).first() if pk.isdecimal() else None
        if story is None:
            raise Http404
        return story


class ChosenStoriesView(Guarded, chooser.ChosenMultipleView):
    permissions_any = COMPOSING

    def get_objects(self, pks: list[str]) -> QuerySet[StoryPage]:
        return mailable_stories().filter(pk__in=[pk for pk in pks if pk.isdecimal()])


class StoryChooserViewSet(ChooserViewSet):
    model = "blog.StoryPage"
    icon = "doc-full"
    page_title = _("Choose a story")
    choose_one_text = StoryChooserWidget.choose_one_text
    preserve_url_parameters = ["multiple", "newsletter"]
    choose_view_class = ChooseStoryView
    choose_results_view_class = ChooseStoryResultsView
    chosen_view_class = ChosenStoryView
    chosen_multiple_view_class = ChosenStoriesView
    base_block_class = StoryChooserBlock
    #: Foreign keys to stories elsewhere keep Wagtail's page chooser.
    register_widget = False

    def get_urlpatterns(self) -> list[Any]:
        """Stories are written in their own editor: nothing is created here."""
        return [pattern for pattern in super().get_urlpatterns() if pattern.name != "create"]
