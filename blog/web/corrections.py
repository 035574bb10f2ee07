"""The site's log of corrections."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from blog.corrections import public_corrections
from core.addresses import absolute

CORRECTIONS_ON_A_PAGE = 30


@require_safe
def corrections_page(request: HttpRequest) -> HttpResponse:
    """Every correction of a story that readers can see, the newest first; `?page=n` pages."""
    page = Paginator(public_corrections(request), CORRECTIONS_ON_A_PAGE).get_page(request.GET.get("page"))
    canonical = absolute(reverse("blog:corrections")) + (f"?page={page.number}" if page.number > 1 else "")
    return render(request, "blog/corrections.html", {"corrections": page, "stories": page, "canonical": canonical})
