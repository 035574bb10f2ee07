"""What is kept about a reader beside name and address: values by their kind."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from newsletter.audience.importing.values import ValueFormError, attribute_text
from newsletter.models import AttributeKind, AttributeValue, Subscriber, SubscriberAttribute

_REMEDIES = MappingProxyType(
    {
        AttributeKind.TEXT: _("Please write one line of at most 200 characters."),
        AttributeKind.NUMBER: _("Please write a number, such as 12 or 3.5."),
        AttributeKind.DATE: _("Please write a day as in 2026-11-24."),
        AttributeKind.BOOLEAN: _("Please write yes or no."),
    }
)


class AttributeValueError(ValueError):
    """The value is none of its attribute's kind; the text says what would be."""


def set_value(subscriber: Subscriber, attribute: SubscriberAttribute, value: str) -> None:
    """Keep the value; an empty one is taken away.

    Raises:
        AttributeValueError: it doesn't fit the kind; nothing was changed.
    """
    text, number = read_value(AttributeKind(attribute.kind), value)
    if not text:
        AttributeValue.objects.filter(attribute=attribute, subscriber=subscriber).delete()
        return
    AttributeValue.objects.update_or_create(
        attribute=attribute, subscriber=subscriber, defaults={"text": text, "number": number}
    )


def read_value(kind: AttributeKind, value: str) -> tuple[str, float | None]:
    """(text, number) as they are kept, the same as an import keeps them; ("", None) for an empty value.

    Raises:
        AttributeValueError: it doesn't fit the kind.
    """
    try:
        text = attribute_text(kind, value)
    except ValueFormError:
        raise AttributeValueError(str(_REMEDIES[kind])) from None
    return text, float(text) if text and kind == AttributeKind.NUMBER else None
