"""Our findings among Wagtail's content checks, in the preview panel and in the panel of checks.

Wagtail runs axe over the preview. We mark the element that a finding is about, and give axe one rule for each of ours
that complains of marked elements; what it says comes from the catalogue. Both ends are Wagtail's own: the item of the
user bar (`construct_wagtail_userbar`) and the preview's view (`PageViewSet.preview_on_edit_view_class`).
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from wagtail.admin.userbar import ContentCheckerItem
from wagtail.admin.views.pages.preview import PreviewOnCreateView, PreviewOnEditView

from blog.admin.examination import Examination, look_at
from blog.editorial.catalogue import catalogue
from blog.editorial.findings import LEVELS, Level
from blog.models import StoryPage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from blog.editorial.catalogue import Rule
    from blog.editorial.findings import Finding

MARK = "data-editorial"
#: What holds a sentence on a story's page: the inner ones first; none of them holds another of its name.
PLACES = tuple(
    re.compile(rf"<(?P<tag>{names})\b[^>]*>(?P<inside>.*?)</(?P=tag)>", re.IGNORECASE | re.DOTALL)
    for names in ("p|h[1-4]|td|th|dt|figcaption", "li|dd")
)
#: Enough of a sentence to know it by; what follows a citation is numbered differently on the page.
KNOWN_BY = 60
IMPACTS = {Level.BLOCKER: "critical", Level.ACKNOWLEDGE: "serious", Level.WARNING: "moderate"}


def axe_id(rule: str) -> str:
    return f"rounds-{rule.lower()}"


class StoryContentChecker(ContentCheckerItem):
    """Wagtail's checks with ours beside them."""

    def get_axe_run_only(self, request: HttpRequest) -> list[str]:
        return [*super().get_axe_run_only(request), *map(axe_id, catalogue())]

    def get_axe_custom_rules(self, request: HttpRequest) -> list[dict[str, Any]]:
        return [
            *super().get_axe_custom_rules(request),
            *(
                {
                    "id": axe_id(rule.id),
                    "impact": IMPACTS[min((wording.level for wording in rule.wordings.values()), key=LEVELS.index)],
                    "selector": f'[{MARK}~="{rule.id}"]',
                    "tags": ["best-practice"],
                    # A check of axe's own that no marked element passes: to be marked is to fail.
                    "any": ["aria-label"],
                    "enabled": True,
                }
                for rule in catalogue().values()
            ),
        ]

    def get_axe_messages(self, request: HttpRequest) -> dict[str, dict[str, Any]]:
        ours = {
            axe_id(rule.id): {"error_name": f"{rule.id}: {rule.title}", "help_text": general_remedy(rule)}
            for rule in catalogue().values()
        }
        return {**super().get_axe_messages(request), **ours}


def general_remedy(rule: Rule) -> str:
    """What to do, where that can be said without the very words that were found."""
    return next((wording.remedy for wording in rule.wordings.values() if "%(" not in wording.remedy), rule.title)


def swap(request: HttpRequest, items: list[Any], page: Any) -> None:
    """Put our item in the place of Wagtail's, for stories."""
    if not isinstance(page, StoryPage):
        return
    for index, item in enumerate(items):
        if isinstance(item, ContentCheckerItem):
            items[index] = StoryContentChecker(in_editor=item.in_editor)


def mark(html: str, findings: Iterable[Finding]) -> str:
    """The page with the elements marked that findings are about; what is missing is marked at the title.

    Only opening tags are written to: parsing and writing the page anew would empty the templates of Wagtail's user bar.
    """
    start, end = html.find("<main"), html.find("</main>")
    found_places = (found for place in PLACES for found in place.finditer(html, max(start, 0), max(end, 0)))
    places = [(found, words_of(found["inside"])) for found in found_places]
    marks: dict[int, set[str]] = {}
    for finding in findings:
        known = words_of(finding.sentence.partition("[")[0])[:KNOWN_BY]
        holds = (found for found, text in places if known and known in text)
        title = (found for found, _ in places if found["tag"] == "h1")
        if (found := next(holds, None) or next(title, None)) is not None:
            marks.setdefault(found.end("tag"), set()).add(finding.rule)
    for place in sorted(marks, reverse=True):
        html = f'{html[:place]} {MARK}="{" ".join(sorted(marks[place]))}"{html[place:]}'
    return html


def words_of(html: str) -> str:
    return " ".join(unescape(strip_tags(html)).split())


class Marked:
    """A preview whose elements are marked, where it is shown beside the editor."""

    object: Any

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)  # type: ignore[misc]
        is_beside = request.GET.get("in_preview_panel") == "true"
        if is_beside and response.status_code == 200 and isinstance(self.object, StoryPage):
            examination: Examination = look_at(self.object, request.user)
            findings = [row.finding for row in examination.rows if row.decision is None]
            response.content = mark(response.content.decode(response.charset), findings).encode(response.charset)
            # The preview has been through the middleware once, which counted what is longer now.
            response.headers["Content-Length"] = str(len(response.content))
        return response


class StoryPreview(Marked, PreviewOnEditView):
    pass


class NewStoryPreview(Marked, PreviewOnCreateView):
    pass
