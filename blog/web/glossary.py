"""`/glossary/`: every word that the publication explains."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from blog.models import GlossaryTerm


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    return render(request, "blog/glossary.html", {"terms": GlossaryTerm.objects.all()})
