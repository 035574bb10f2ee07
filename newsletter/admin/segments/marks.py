"""Tags and attributes: the words that editors put on readers, and what is kept of readers beside name and address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Count
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import DeleteView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet

from newsletter.audience.importing.merging import free_slug
from newsletter.engine.segment_rules import SegmentRulesError, Subject, parse, statements
from newsletter.engine.sensitive import is_about_health
from newsletter.models import Segment, SubscriberAttribute, SubscriberTag


class TagForm(WagtailAdminModelForm):
    def clean_name(self) -> str:
        """Case makes no new tag: an import reads it the same."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if SubscriberTag.objects.exclude(pk=self.instance.pk).filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is a tag of this name already."))
        if is_about_health(name):
            raise forms.ValidationError(_("Nothing about anybody's health is kept about readers. Choose another name."))
        return name

    def save(self, commit: bool = True) -> SubscriberTag:
        """The short name stays when the tag is renamed: segments know it by that."""
        if not self.instance.slug:
            taken = set(SubscriberTag.objects.values_list("slug", flat=True))
            self.instance.slug = free_slug(self.instance.name, taken)
        saved: SubscriberTag = super().save(commit)
        return saved


class AttributeForm(WagtailAdminModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            #: Files, programs and segments know it by its key, and values were read as its kind.
            for name in ("key", "kind"):
                self.fields[name].disabled = True
                self.fields[name].help_text = gettext_lazy("It can't be changed any more: values are kept by it.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("label", "key"):
            if is_about_health(str(cleaned.get(name, ""))):
                self.add_error(name, _("Nothing about anybody's health is kept about readers. Choose another name."))
        return cleaned


class MarkDeleteView(DeleteView):
    """Deletes what no segment names: one that did could not be read any more, and would hold back its campaigns."""

    template_name = "newsletter/admin/segments/delete_mark.html"
    subject: Subject

    @cached_property
    def segments(self) -> list[Segment]:
        return segments_naming(self.subject, str(getattr(self.object, "slug", "") or self.object.key))

    @property
    def confirmation_message(self) -> str:
        return _("“%(name)s” is taken off every reader who has it. It can't be taken back.") % {"name": self.object}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "segments": self.segments, "is_protected": bool(self.segments), "usage_url": ""}

    def form_valid(self, form: Any) -> Any:
        if self.segments:
            return self.render_to_response(self.get_context_data(), status=409)
        return super().form_valid(form)


class TagDeleteView(MarkDeleteView):
    subject = Subject.TAG


class AttributeDeleteView(MarkDeleteView):
    subject = Subject.ATTRIBUTE


def segments_naming(subject: Subject, name: str) -> list[Segment]:
    """Those whose rules name the tag or the attribute; rules that can't be read name nothing."""
    found = []
    for segment in Segment.objects.all():
        try:
            named = {(one.subject, one.of or str(one.value)) for one in statements(parse(segment.rules))}
        except SegmentRulesError:
            continue
        if (subject, name) in named:
            found.append(segment)
    return found


class TagIndexView(IndexView):
    def get_base_queryset(self) -> Any:
        return super().get_base_queryset().annotate(readers=Count("taggings"))


class TagViewSet(ModelViewSet):
    model = SubscriberTag
    name = "newsletter_tags"
    url_prefix = "newsletter/tags"
    icon = "tag"
    menu_label = gettext_lazy("Tags")
    menu_name = "newsletter-tags"
    index_view_class = TagIndexView
    delete_view_class = TagDeleteView
    copy_view_enabled = False
    ordering = ["name"]
    list_display = ["name", Column("readers", label=gettext_lazy("Readers"), accessor="readers")]

    def get_edit_handler(self) -> Any:
        return ObjectList([FieldPanel("name")], base_form_class=TagForm).bind_to_model(self.model)


class AttributeViewSet(ModelViewSet):
    model = SubscriberAttribute
    name = "newsletter_attributes"
    url_prefix = "newsletter/attributes"
    icon = "list-ul"
    menu_label = gettext_lazy("Attributes")
    menu_name = "newsletter-attributes"
    delete_view_class = AttributeDeleteView
    copy_view_enabled = False
    ordering = ["label"]
    list_display = ["label", "key", Column("kind", label=gettext_lazy("Kind"), accessor="get_kind_display")]

    def get_edit_handler(self) -> Any:
        panels = [
            FieldPanel("label", help_text=gettext_lazy("What editors call it, such as “City”.")),
            FieldPanel("key", help_text=gettext_lazy("What files and programs call it: small letters, as in city.")),
            FieldPanel("kind", widget=forms.Select),
        ]
        return ObjectList(panels, base_form_class=AttributeForm).bind_to_model(self.model)
