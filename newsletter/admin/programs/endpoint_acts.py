"""What is done to a webhook from its page: a test, a message once more, a new secret, its end."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from wagtail.admin import messages
from wagtail.log_actions import log

from core.refusals import user_of
from newsletter.admin.programs.endpoint_pages import CHANGE, DELETE, HookPage, show_secret
from newsletter.audience.hook_secrets import give_secret
from newsletter.audience.hooks import announce_test, send_again
from newsletter.models import OutgoingHook


class ActView(HookPage):
    """POST only: something small that needs no second thought."""

    http_method_names = ["post"]
    permissions_required = CHANGE


class TestView(ActView):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if self.endpoint.active:
            announce_test(self.endpoint, now=timezone.now())
            messages.success(request, _("A test is on its way. Look again in a few seconds."))
        else:
            messages.error(request, _("It is switched off. Switch it on under Edit, then send a test."))
        return redirect(self.own_url)


class AgainView(ActView):
    def post(self, request: HttpRequest, pk: int, hook: int) -> HttpResponse:
        row = get_object_or_404(OutgoingHook, pk=hook, endpoint=self.endpoint)
        if send_again(row, now=timezone.now()):
            messages.success(request, _("It is on its way once more, under the same id."))
        else:
            messages.error(request, _("It can't be sent: it is on its way already, or what it said was forgotten."))
        return redirect(self.own_url)


class ConfirmedView(HookPage):
    """GET asks, POST does."""

    template_name = "newsletter/admin/programs/confirm.html"
    words: Any = ""
    label: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs, words=self.words, label=self.label, is_serious=True, back_url=self.own_url
        )


class NewSecretView(ConfirmedView):
    permissions_required = CHANGE
    page_title = gettext_lazy("New secret")
    words = gettext_lazy(
        "A new secret is made and shown once. For 24 hours messages are signed with the old one as well, so that the "
        "other side can be changed without losing any."
    )
    label = gettext_lazy("Make a new secret")

    @sensitive_variables("text")
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        text = give_secret(self.endpoint, now=timezone.now())
        self.endpoint.save(update_fields=["sealed_secret", "secret_rolled_at"])
        log(instance=self.endpoint, action="wagtail.edit", user=user_of(request))
        return show_secret(request, self.endpoint, text)


class DeleteView(ConfirmedView):
    permissions_required = DELETE
    page_title = gettext_lazy("Delete a webhook")
    words = gettext_lazy("It is told nothing more, and its log goes with it.")
    label = gettext_lazy("Delete it")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        log(instance=self.endpoint, action="wagtail.delete", user=user_of(request), deleted=True)
        self.endpoint.delete()
        messages.success(request, _("Deleted."))
        return redirect("newsletter_hooks:index")
