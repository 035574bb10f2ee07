"""What a person can do to a campaign: pause, resume, release, cancel, settle the uncertain. One POST each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin import messages

from core.refusals import may, refuse, user_of
from newsletter.admin.campaigns.below import BelowCampaign
from newsletter.admin.campaigns.numbers import grouped
from newsletter.delivery import control
from newsletter.delivery.control import ControlError
from newsletter.delivery.progress import progress
from newsletter.engine.machine import CampaignState, DeliveryState
from newsletter.models import Campaign

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.contrib.auth.models import AbstractUser
    from django.http.response import HttpResponseBase
    from django.utils.functional import Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something a person can do to a campaign. `warning` is what the confirm page says."""

    name: str
    label: str | Promise
    warning: str | Promise
    done: str | Promise
    permission: str
    #: Takes the campaign's id, `user` and `now`; raises `ControlError` when it came too late.
    act: Callable[..., Any]
    #: Its name among what `newsletter.delivery.control.possible` says.
    possible_as: str
    serious: bool = False
    #: Stands back behind the others.
    secondary: bool = False
    #: Can be undone at once: its button does it without asking.
    at_once: bool = False
    #: The warning where Mailchimp sends the campaign; empty where it is the same.
    warning_there: str | Promise = ""


CONTROLS = MappingProxyType(
    {
        control_.name: control_
        for control_ in (
            Control(
                name="pause",
                label=gettext_lazy("Pause"),
                warning=gettext_lazy("Mails that are being handed over right now still go out; no others do."),
                done=gettext_lazy("Paused."),
                permission="newsletter.schedule_campaign",
                act=control.pause,
                possible_as="pause",
                at_once=True,
            ),
            Control(
                name="resume",
                label=gettext_lazy("Resume"),
                warning=gettext_lazy("It goes on where it stopped. Nobody gets it twice."),
                done=gettext_lazy("Resumed."),
                permission="newsletter.schedule_campaign",
                act=control.resume,
                possible_as="resume",
                at_once=True,
            ),
            Control(
                name="release",
                # As the reason calls it, which says what comes of it, too.
                label=gettext_lazy("Release it"),
                warning=gettext_lazy(
                    "It was held for a reason. It goes on where it stopped, and nobody gets it twice."
                ),
                done=gettext_lazy("Released."),
                permission="newsletter.send_campaign",
                act=control.release,
                possible_as="release",
                # What was asked once may have gone out: nothing here can promise that nobody gets it twice.
                warning_there=gettext_lazy(
                    "If that tells you to look at Mailchimp first, do: only there can be seen whether somebody has got "
                    "it already."
                ),
            ),
            Control(
                name="call-back",
                label=gettext_lazy("Call it back"),
                warning=gettext_lazy("Nothing was sent. The issue can be changed and scheduled again."),
                done=gettext_lazy("Called back; nothing was sent. The issue can be changed and scheduled again."),
                permission="newsletter.schedule_campaign",
                act=control.cancel,
                possible_as="call_back",
                at_once=True,
            ),
            Control(
                name="send-now",
                label=gettext_lazy("Don't wait"),
                warning=gettext_lazy(
                    "It goes out right away, not at its time. What is delivered can't be called back."
                ),
                done=gettext_lazy("It is going out."),
                permission="newsletter.send_campaign",
                act=control.bring_forward,
                possible_as="bring_forward",
                secondary=True,
                warning_there=gettext_lazy(
                    "It is taken from its schedule at Mailchimp and sent, mostly within a minute or two. From then on "
                    "it can't be called back."
                ),
            ),
            Control(
                name="cancel",
                label=gettext_lazy("Cancel the campaign"),
                warning=gettext_lazy(
                    "Whoever has not got it yet won't get it. What was delivered can't be called back. "
                    "The issue can be changed and scheduled again."
                ),
                done=gettext_lazy("Cancelled."),
                permission="newsletter.schedule_campaign",
                act=control.cancel,
                possible_as="cancel",
                serious=True,
                warning_there=gettext_lazy(
                    "It is taken back at Mailchimp, and cancelled here as soon as that is certain; then the issue can "
                    "be changed and scheduled again. What is going out already Mailchimp stops on paid plans only, and "
                    "whoever has got it keeps it."
                ),
            ),
            Control(
                name="count-as-sent",
                label=gettext_lazy("Count them as delivered"),
                warning=gettext_lazy(
                    "Nobody is mailed again. A reader whose mail was lost can still read it in the archive."
                ),
                done=gettext_lazy("Counted as delivered."),
                permission="newsletter.send_campaign",
                act=partial(control.resolve, resolution=control.Resolution.SENT),
                possible_as="resolve",
            ),
            Control(
                name="send-once-more",
                label=gettext_lazy("Send them once more"),
                warning=gettext_lazy(
                    "Some of these readers may get it twice. It keeps its Message-ID, by which many mail programs "
                    "show it once."
                ),
                done=gettext_lazy("They are sent once more."),
                permission="newsletter.send_campaign",
                act=partial(control.resolve, resolution=control.Resolution.RESEND),
                possible_as="resolve",
                serious=True,
            ),
        )
    }
)


def controls_for(campaign: Campaign, user: AbstractUser) -> list[Control]:
    """What this user can do to this campaign now."""
    names = control.possible(campaign)
    if "call_back" in names:  # which is what cancelling is called before anything was sent
        names -= {"cancel"}
    return [item for item in CONTROLS.values() if item.possible_as in names and user.has_perm(item.permission)]


class ControlView(BelowCampaign, TemplateView):
    """GET asks, POST does. The state machine has the last word: what came too late is said so and changes nothing."""

    http_method_names = ["get", "post"]
    template_name = "newsletter/admin/campaigns/control.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if kwargs["control"] not in CONTROLS:
            raise Http404
        if not may(user_of(request), required=[self.control.permission]):
            return refuse(request)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def control(self) -> Control:
        return CONTROLS[self.kwargs["control"]]

    def get_page_title(self) -> str:
        return str(self.control.label)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        possible = self.control.possible_as in control.possible(self.campaign)
        return super().get_context_data(
            **{
                **kwargs,
                "campaign": self.campaign,
                "control": self.control,
                "possible": possible,
                "standing": self.standing(),
                "reason": self.reason,
                "warning": self.warning(),
            }
        )

    def warning(self) -> str | Promise:
        there = self.control.warning_there
        return there if there and control.is_sent_as_a_whole(self.campaign) else self.control.warning

    @property
    def reason(self) -> str:
        """Why it is held, in one line as a form posts it back; empty where the step does not release it."""
        return " ".join(self.campaign.reason.split()) if self.control.possible_as == "release" else ""

    def standing(self) -> str:
        """What the step is about: how many are uncertain, or how many wait."""
        seen = progress(self.campaign, now=timezone.now())
        if self.control.possible_as == "resolve":
            number = seen.counts[DeliveryState.UNCERTAIN]
            words = ngettext("%(number)s uncertain delivery.", "%(number)s uncertain deliveries.", number)
            return words % {"number": grouped(number)}
        if not seen.total:
            return ""
        return _("%(done)s of %(total)s are done.") % {"done": grouped(seen.done), "total": grouped(seen.total)}

    def done(self) -> str:
        """What came of it; a service that sends it as a whole has to take it back first."""
        if self.control.act is control.cancel:
            self.campaign.refresh_from_db(fields=["state"])
            if self.campaign.state != CampaignState.CANCELLED:
                return _("It is being taken back at Mailchimp. It is cancelled as soon as that is certain.")
        return str(self.control.done)

    def post(self, request: HttpRequest, pk: int, control: str) -> HttpResponse:
        campaign = self.campaign
        if request.POST.get("reason", self.reason) != self.reason:
            # Somebody else released it, and it was held anew: what to look at first may be another thing now.
            return self.render_to_response(self.get_context_data(held_anew=True))
        try:
            self.control.act(campaign.pk, user=user_of(request), now=timezone.now())
        except ControlError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"“{campaign.subject}”: {self.done()}")
        return self.back()
