"""One reader: what is kept, how each agreement came about, which mails were sent. Looking at it is not logged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import TemplateView, View
from wagtail.admin import messages

from core.refusals import user_of
from newsletter.admin.readers.access import VIEW, OfOneReader
from newsletter.admin.readers.actions import ACTIONS, Action
from newsletter.admin.readers.note_form import NoteForm
from newsletter.admin.readers.words import SUPPRESSIONS, end_reason_of, mail_kind, state_of
from newsletter.admin.trail import Trail
from newsletter.admin.words import DELIVERY_WORDS
from newsletter.audience.export_reader import reader_record
from newsletter.audience.history import Agreement, agreements, deliveries, single_mails
from newsletter.audience.notes import add_note, delete_note
from newsletter.audience.suppression import why_suppressed
from newsletter.engine.machine import DeliveryState
from newsletter.models import Subscriber, SubscriberAttribute

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase


class ReaderView(OfOneReader, Trail, TemplateView):
    http_method_names = ["get", "head"]
    template_name = "newsletter/admin/readers/show.html"
    header_icon = "user"
    request: HttpRequest
    note_form: NoteForm | None = None

    def get_page_title(self) -> str:
        return self.reader.email

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_subscribers:index"), _("Subscribers"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user, reader = user_of(self.request), self.reader
        return {
            **context,
            "reader": reader,
            "suppressed": suppressed_words(reader),
            "agreements": [(agreement, *standing(agreement)) for agreement in agreements(reader)],
            "deliveries": [(row, *DELIVERY_WORDS[DeliveryState(row.state)]) for row in deliveries(reader)],
            "mails": [(mail, mail_kind(mail.kind)) for mail in single_mails(reader)],
            "tags": reader.tags.all(),
            "values": reader.attribute_values.select_related("attribute").order_by("attribute__label"),
            "notes": reader.notes.select_related("by"),
            "note_form": self.note_form or NoteForm(),
            "now": timezone.now(),
            "actions": {about: self.offered(about) for about in ("subscriptions", "tags", "person")},
            "may_note": user.has_perm("newsletter.add_subscribernote"),
            "may_change": user.has_perm("newsletter.change_subscriber"),
            "has_attributes": SubscriberAttribute.objects.exists(),
            "may_export": user.has_perm("newsletter.export_subscriber"),
        }

    def offered(self, about: str) -> list[Action]:
        user = user_of(self.request)
        return [action for action in ACTIONS.values() if action.about == about and user.has_perm(action.permission)]


class AddNoteView(OfOneReader, View):
    http_method_names = ["post"]
    permissions_required = (*VIEW, "newsletter.add_subscribernote")

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        form = NoteForm(request.POST)
        if not form.is_valid():
            for errors in form.errors.values():
                messages.error(request, " ".join(str(error) for error in errors))
            return self.to_reader()
        add_note(self.reader, form.cleaned_data["text"], by=user_of(request), now=timezone.now())
        messages.success(request, _("The note was added."))
        return self.to_reader()


class DeleteNoteView(OfOneReader, View):
    http_method_names = ["post"]
    permissions_required = (*VIEW, "newsletter.delete_subscribernote")

    def post(self, request: HttpRequest, pk: int, note: int) -> HttpResponse:
        if delete_note(self.reader, note, by=user_of(request)):
            messages.success(request, _("The note was deleted."))
        else:
            messages.error(request, _("Only whoever wrote a note can delete it, and only once."))
        return self.to_reader()


class RecordView(OfOneReader, View):
    """The printable record: the proof of each agreement on a page of its own (GDPR article 7(1))."""

    http_method_names = ["get", "head"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        reader = self.reader
        context = {
            "reader": reader,
            "suppressed": suppressed_words(reader),
            "agreements": [(agreement, *standing(agreement)) for agreement in agreements(reader)],
            "now": timezone.now(),
            "printed_by": user_of(request),
        }
        response = render(request, "newsletter/admin/readers/record.html", context)
        response["Cache-Control"] = "private, no-store"
        return response


class ExportView(OfOneReader, View):
    """Everything that is kept about the reader, as the reader would get it (GDPR articles 15 and 20)."""

    http_method_names = ["get"]
    permissions_required = (*VIEW, "newsletter.export_subscriber")

    def get(self, request: HttpRequest, pk: int) -> JsonResponse:
        response = JsonResponse(reader_record(self.reader), json_dumps_params={"indent": 2, "ensure_ascii": False})
        response["Content-Disposition"] = f'attachment; filename="reader-{self.reader.pk}.json"'
        response["Cache-Control"] = "private, no-store"
        return response


def suppressed_words(reader: Subscriber) -> str:
    """Why the address must not be mailed; empty when it may be."""
    reason = why_suppressed(reader.email)
    return str(SUPPRESSIONS.get(reason, reason)) if reason else ""


def standing(agreement: Agreement) -> tuple[Any, Any]:
    """(state, why it ended) of the subscription, in words."""
    return state_of(agreement.subscription), end_reason_of(agreement.subscription)
