"""What is kept about one reader beside name and address: one form with a field for each attribute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View
from wagtail.admin import messages
from wagtail.admin.widgets import AdminDateInput

from core.refusals import user_of
from newsletter.admin.readers.access import VIEW, OfOneReader
from newsletter.admin.trail import Trail
from newsletter.audience.attributes import AttributeValueError, read_value, set_value
from newsletter.models import AttributeKind, AttributeValue, SubscriberAttribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

    from newsletter.models import Subscriber

YES_OR_NO = [("", gettext_lazy("not known")), ("true", gettext_lazy("yes")), ("false", gettext_lazy("no"))]


class ValueField(forms.CharField):
    """One value; what may stand in it is up to the attribute's kind."""

    def __init__(self, attribute: SubscriberAttribute) -> None:
        self.kind = AttributeKind(attribute.kind)
        super().__init__(label=attribute.label, required=False, max_length=200, widget=self._widget_of(self.kind))

    @staticmethod
    def _widget_of(kind: AttributeKind) -> forms.Widget:
        if kind == AttributeKind.BOOLEAN:
            return forms.Select(choices=YES_OR_NO)
        return AdminDateInput() if kind == AttributeKind.DATE else forms.TextInput(attrs={"autocomplete": "off"})

    def clean(self, value: Any) -> str:
        try:
            return read_value(self.kind, super().clean(value))[0]
        except AttributeValueError as error:
            raise forms.ValidationError(str(error)) from None


class AttributesForm(forms.Form):
    """A field for each attribute there is; nothing else that is posted has any effect."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, reader: Subscriber) -> None:
        super().__init__(data)
        self.reader = reader
        self.attributes = {f"value-{attribute.pk}": attribute for attribute in SubscriberAttribute.objects.all()}
        values = dict(AttributeValue.objects.filter(subscriber=reader).values_list("attribute", "text"))
        for name, attribute in self.attributes.items():
            self.fields[name] = ValueField(attribute)
            self.initial[name] = values.get(attribute.pk, "")

    @transaction.atomic
    def save(self) -> None:
        for name in self.changed_data:
            set_value(self.reader, self.attributes[name], self.cleaned_data[name])


class AttributesView(OfOneReader, Trail, View):
    http_method_names = ["get", "head", "post"]
    permissions_required = (*VIEW, "newsletter.change_subscriber")
    header_icon = "user"
    request: HttpRequest

    def get_page_title(self) -> str:
        return _("Attributes")

    def above(self) -> list[tuple[str, str]]:
        return self.above_reader()

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(AttributesForm(reader=self.reader))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = AttributesForm(request.POST, reader=self.reader)
        if not form.is_valid():
            return self.show(form)
        form.save()
        messages.success(request, _("The attributes were saved."))
        return self.to_reader()

    def show(self, form: AttributesForm) -> HttpResponse:
        context = {
            **self.get_context_data(),
            "form": form,
            "reader": self.reader,
            "may_define": user_of(self.request).has_perm("newsletter.add_subscriberattribute"),
        }
        return render(self.request, "newsletter/admin/readers/attributes.html", context)
