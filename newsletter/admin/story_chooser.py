"""The dialog in which an editor picks a story: first those not yet sent, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views.generic import chooser
from wagtail.admin.viewsets.chooser import ChooserViewSet

from core.refusals import Guarded
from newsletter.issues.queries import mailable_stories, unsent_stories
from newsletter.models import Newsletter
from newsletter.models.story_chooser import StoryChooserBlock, StoryChooserWidget

if TYPE_CHECKING:
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


class StoryListing(Guarded):
    """What the dialog and its list share."""

    permissions_any = COMPOSING
    filter_form_class = StoryFilterForm
    results_template_name = "newsletter/admin/story_chooser_results.html"
    request: HttpRequest
    filter_form: StoryFilterForm

    def get_object_list(self) -> QuerySet[StoryPage]:
        if self.filter_form.wants_all:
            return mailable_stories().select_related("author").order_by("-first_published_at", "-pk")
        newsletter = chosen_newsletter(self.request)
        if newsletter is None:
            return mailable_stories().none()
        return unsent_stories(newsletter).select_related("author")

    @property
    def columns(self) -> list[Column]:
        return [
            *super().columns,  # type: ignore[misc]
            DateColumn("first_published_at", label=_("Published"), width="20%"),
            Column("author", label=_("Author"), width="25%", accessor=lambda story: story.author or ""),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        context["shows_all"] = self.filter_form.wants_all
        context["has_newsletter"] = chosen_newsletter(self.request) is not None
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
