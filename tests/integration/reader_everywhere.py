"""A reader who stands in every table that can hold one, and a search for what is left of them.

Tables are found by their fields, so that a new one is filled, and searched, without anybody thinking of it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from wagtail.models import ModelLogEntry

from newsletter.models import Subscriber, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS, NAME = "ada.quist@example.com", "Ada Quist-Lovelace"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
#: Names of fields that hold an address, where no foreign key leads to the reader.
HOLDING = frozenset({"email", "recipient", "address", "new_email"})
#: Fields into which nothing personal is ever written; whoever adds one says why.
IMPERSONAL = frozenset(
    {
        "ConsentEvent.source",  # the path of a page, or a program's word
        "ConsentEvent.wording",  # the version of our own words
        "MailchimpMember.member_hash",  # a mark of an erasure is nothing else; it goes when Mailchimp has confirmed
        "ProblemReport.page_title",
        "ProblemReport.path",
        "ProblemReport.text",  # words about a page; whose they are stands in `email` alone
        "ProblemReport.note",  # and what the editors did about it
    }
)


def put_everywhere(subscription: Subscription) -> set[str]:
    """Rows about this reader in every table of the newsletter and the blog that may have some; the tables' names.

    A table may have some when a foreign key leads to the reader, or a field is there for an address.
    """
    reader = subscription.subscriber
    known: dict[type[models.Model], models.Model] = {Subscriber: reader, Subscription: subscription}
    tables = [model for model in apps.get_models() if model._meta.app_label in {"newsletter", "blog"}]
    filled: set[type[models.Model]] = {Subscriber, Subscription}
    while new := [model for model in tables if model not in filled and _may_hold(model, filled)]:
        for model in new:
            known[model] = _make(model, known)
            filled.add(model)
    ModelLogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(Subscriber),
        object_id=str(reader.pk),
        label=ADDRESS,
        action="wagtail.edit",
        data={"address": ADDRESS},
        timestamp=NOW,
        content_changed=True,
    )
    return {model.__name__ for model in filled}


def traces(*words: str) -> Iterator[str]:
    """Where one of these words stands, in any case, in any text, JSON or bytes of any table."""
    for model in apps.get_models():
        fields = [field.attname for field in _concrete(model) if _is_text(field)]
        for row in model._base_manager.values_list(*fields) if fields else ():
            for field, value in zip(fields, row, strict=True):
                found = _as_text(value).lower()
                if any(word.lower() in found for word in words):
                    yield f"{model.__name__}.{field}"


def _may_hold(model: type[models.Model], filled: set[type[models.Model]]) -> bool:
    fields = _concrete(model)
    return any(
        field.remote_field.model in filled if field.remote_field else field.name in HOLDING | {"subscriber_id"}
        for field in fields
    )


def _make(model: type[models.Model], known: dict[type[models.Model], models.Model]) -> models.Model:
    if found := known.get(model):
        return found
    values = {
        field.name: _value(model, field, known)
        for field in _concrete(model)
        if not field.primary_key or field.remote_field
    }
    return model._base_manager.create(**{name: value for name, value in values.items() if value is not None})


def _value(model: type[models.Model], field: Any, known: dict[type[models.Model], models.Model]) -> Any:
    if field.remote_field:
        wanted = field.remote_field.model
        return known.get(wanted) or (None if field.null else _make_once(wanted, known))
    if field.name == "subscriber_id":
        return known[Subscriber].pk
    if f"{model.__name__}.{field.name}" in IMPERSONAL or field.choices:
        return field.get_default() if field.has_default() else (field.choices or [("-",)])[0][0]
    return _words(model, field)


def _words(model: type[models.Model], field: Any) -> Any:
    made: Any = None if field.null or field.has_default() else 1
    match field:
        case models.JSONField():
            made = {"email": ADDRESS, "name": NAME}
        case models.BinaryField():
            made = f"To: {NAME} <{ADDRESS}>\r\n\r\n".encode()
        case models.SlugField() | models.URLField():
            made = f"of-{model.__name__.lower()}"[: field.max_length]
        case models.CharField() | models.TextField():
            made = (ADDRESS if field.name in HOLDING else f"{NAME} {ADDRESS}")[: field.max_length]
        case models.DateTimeField():
            made = NOW
    return made


def _make_once(model: type[models.Model], known: dict[type[models.Model], models.Model]) -> models.Model:
    """Something that the row needs and that has nothing to do with the reader."""
    known[model] = model._base_manager.first() or _impersonal(model, known)
    return known[model]


def _impersonal(model: type[models.Model], known: dict[type[models.Model], models.Model]) -> models.Model:
    values: dict[str, Any] = {}
    for field in _concrete(model):
        if field.primary_key or field.null or field.has_default():
            continue
        if field.remote_field:
            values[field.name] = known.get(field.remote_field.model) or _make_once(field.remote_field.model, known)
        elif isinstance(field, models.BinaryField):
            values[field.name] = b"-"
        elif isinstance(field, models.DateTimeField):
            values[field.name] = NOW
        elif isinstance(field, models.IntegerField):
            values[field.name] = 1
        elif not field.blank:
            values[field.name] = "something"[: getattr(field, "max_length", None)]
    return model._base_manager.create(**values)


def _concrete(model: type[models.Model]) -> list[Any]:
    return list(model._meta.concrete_fields)


def _is_text(field: Any) -> bool:
    return isinstance(field, models.CharField | models.TextField | models.JSONField | models.BinaryField)


def _as_text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", errors="replace")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
