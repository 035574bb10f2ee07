"""Saying no: a plain 403 for those who may not, whatever the method.

Wagtail's admin turns `PermissionDenied` into a redirect with a message; a refused send, report or export must be
recognisable as refused, so these views answer with the page and the status themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AbstractUser
from django.shortcuts import render
from wagtail.admin.menu import MenuItem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse


def user_of(request: HttpRequest) -> AbstractUser:
    """Who is logged in: Wagtail lets nobody else this far."""
    user = request.user
    assert isinstance(user, AbstractUser)  # noqa: S101 - see above
    return user


def refuse(request: HttpRequest) -> HttpResponse:
    """A page with status 403 that says whom to ask."""
    return render(request, "core/refused.html", status=403)


class Guarded:
    """A view that refuses before it looks at the method or at any object. Anonymous users never get here.

    Mix in before Wagtail's and Django's view classes.
    """

    #: All of them are needed, such as `newsletter.send_campaign`.
    permissions_required: Sequence[str] = ()
    #: One of them is enough; empty: no matter.
    permissions_any: Sequence[str] = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not may(user_of(request), required=self.permissions_required, any_of=self.permissions_any):
            return refuse(request)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


def may(user: AbstractUser, *, required: Sequence[str] = (), any_of: Sequence[str] = ()) -> bool:
    """Whether the user has all of the required permissions, and one of the others if there are any."""
    return user.has_perms(required) and (not any_of or any(user.has_perm(name) for name in any_of))


def shown_to(permissions: Sequence[str]) -> type[MenuItem]:
    """A menu item that only those see who may open what it leads to."""

    class PermittedMenuItem(MenuItem):
        def is_shown(self, request: HttpRequest) -> bool:
            return may(user_of(request), required=permissions)

    return PermittedMenuItem
