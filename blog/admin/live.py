"""The check beside the editor: the form as it stands, saved or not, is checked whenever the editor pauses."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from wagtail.admin.views.pages.preview import PreviewOnCreateView, PreviewOnEditView

from blog.admin.check_page import decide
from blog.admin.examination import Examination, look_at
from blog.models import StoryPage
from blog.readability import picture
from core.refusals import refuse

TEMPLATE = "blog/admin/findings.html"


class LiveCheck(PreviewOnEditView):
    """Builds the story from the editor's form as Wagtail's preview does, and saves nothing but a decision."""

    http_method_names = ("post",)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        kwargs["page_id"] = kwargs.pop("story_id")
        try:
            super().setup(request, *args, **kwargs)
        except PermissionDenied:
            self.object = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.object is None:
            return refuse(request)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_object(self) -> StoryPage:
        page = super().get_object()
        if not isinstance(page, StoryPage):
            raise Http404
        return page

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return answer(request, *self.story())

    def story(self) -> tuple[StoryPage, bool]:
        """The story in the form, and True; while its fields can't be read, the last saved draft and False."""
        try:
            form = self.get_form(self.request.POST)
            is_valid = self.validate_form(form)
        except ValidationError:
            is_valid = False
        if not is_valid:
            return self.get_object(), False
        story: StoryPage = form.save(commit=False)
        return story, True


class LiveCheckOfNewStory(LiveCheck, PreviewOnCreateView):
    """The same before the first save: nothing can be decided yet."""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        kwargs |= {"story_id": None, "content_type_app_name": "blog", "content_type_model_name": "storypage"}
        super().setup(request, *args, **kwargs)


def answer(request: HttpRequest, story: StoryPage, is_current: bool) -> JsonResponse:
    """The findings as HTML, with what the panel's badge and its announcement need."""
    examination = look_at(story, request.user)
    complaint = ""
    if request.POST.get("decision"):
        if story.pk is None:
            raise PermissionDenied
        complaint = decide(story, examination, request)
        examination = look_at(story, request.user)
    return JsonResponse(
        {
            "html": render_findings(request, examination, story, is_current=is_current),
            "open": examination.open_count,
            "summary": examination.summary,
            "complaint": complaint,
        }
    )


def render_findings(request: HttpRequest, examination: Examination, story: StoryPage, *, is_current: bool) -> str:
    context = {
        "examination": examination,
        "story": story,
        "is_current": is_current,
        "readability": picture(examination.manuscript),
        "in_editor": True,
    }
    return render_to_string(TEMPLATE, context, request=request)
