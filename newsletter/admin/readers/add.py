"""Adding a reader by hand. The page's answer is the same for every address, and the reader confirms by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from wagtail.admin import messages

from blog.models import Topic
from core.refusals import Guarded, user_of
from newsletter.admin.readers.access import VIEW
from newsletter.admin.readers.action_forms import without_address
from newsletter.admin.trail import Trail
from newsletter.audience.add_by_hand import Basis, add_by_hand
from newsletter.engine.addresses import AddressError, given_name, normalise
from newsletter.models import Frequency, Newsletter

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


class AddForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=1000,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Only if they told you."),
    )
    newsletter = forms.ModelChoiceField(
        Newsletter.objects.visible(), label=gettext_lazy("Newsletter"), empty_label=None
    )
    frequency = forms.ChoiceField(
        choices=Frequency.choices,
        initial=Frequency.EACH_STORY,
        label=gettext_lazy("How often"),
        widget=forms.RadioSelect,
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.all(),
        required=False,
        label=gettext_lazy("Topics"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked means all."),
    )
    basis = forms.ChoiceField(
        choices=Basis.choices, label=gettext_lazy("How they asked for it"), widget=forms.RadioSelect
    )
    words = forms.CharField(
        max_length=200,
        label=gettext_lazy("When and where"),
        help_text=gettext_lazy(
            "Kept as evidence, such as: after the talk in Leeds on 3 March. No address, nothing about health."
        ),
        validators=[without_address],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not Topic.objects.exists():
            del self.fields["topics"]

    def clean_email(self) -> str:
        return _checked(normalise, self.cleaned_data["email"])

    def clean_name(self) -> str:
        return _checked(given_name, self.cleaned_data["name"])


class AddView(Guarded, Trail, FormView[AddForm]):
    http_method_names = ["get", "head", "post"]
    permissions_required = (*VIEW, "newsletter.add_subscriber")
    template_name = "newsletter/admin/readers/add.html"
    page_title = gettext_lazy("Add a reader")
    header_icon = "plus"
    form_class = AddForm
    request: HttpRequest

    def above(self) -> list[tuple[str, str]]:
        return [(reverse("newsletter_subscribers:index"), _("Subscribers"))]

    def form_valid(self, form: AddForm) -> HttpResponse:
        given = form.cleaned_data
        add_by_hand(
            given["newsletter"],
            email=given["email"],
            name=given["name"],
            frequency=Frequency(given["frequency"]),
            topics=given.get("topics", ()),
            basis=Basis(given["basis"]),
            words=given["words"],
            by=user_of(self.request),
            now=timezone.now(),
        )
        messages.success(
            self.request,
            _(
                "%(address)s gets a mail within a minute and reads %(newsletter)s once they confirm. Whoever reads it "
                "already gets a mail that says so."
            )
            % {"address": given["email"], "newsletter": given["newsletter"].name},
        )
        return redirect("newsletter_subscribers:index")


def _checked(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except AddressError as error:
        raise forms.ValidationError(_(str(error))) from None
