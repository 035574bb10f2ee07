"""What people are told when a campaign at Mailchimp needs them: what happened, and what releasing it will do."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from newsletter.audience.mailchimp.said import in_words
from newsletter.engine.remote_terms import Because
from newsletter.models import MailchimpAudience, MailchimpCampaign

#: Of the checklist's items only so many are told; the page of the campaign has all of them.
_MOST_ITEMS = 3


def reason(because: Because, remote: MailchimpCampaign, *, doubt: str, tracked: Sequence[str] = ()) -> str:
    """Why it is held. `tracked`: what of its readers, by Mailchimp's names."""
    if because is Because.DOUBT:
        return doubt
    if because is Because.EDITED and tracked:
        return _(
            "Tracking was turned on at Mailchimp (%(what)s). It is on no schedule there now. Release it to put our "
            "version back, without tracking, and let that go out; or cancel it."
        ) % {"what": _named(tracked)}
    if because is Because.NOT_READY:
        return not_ready(remote)
    if because is Because.DELETED and remote.send_asked_at is not None:
        return _(
            "It was deleted at Mailchimp after it was asked to send it. Look there whether somebody got it. Release it "
            "only if nobody did: it is made anew, and sent."
        )
    return {
        Because.EDITED: _(
            "It was changed at Mailchimp, and was taken from its schedule. Release it to put our version back and "
            "let that go out; or cancel it."
        ),
        Because.DELETED: _("It was deleted at Mailchimp. Release it to make it anew and let it go out; or cancel it."),
        Because.UNSCHEDULED: _(
            "It was taken from its schedule at Mailchimp, and not from here. Release it if it should still go out."
        ),
        Because.LEAVERS: _(
            "Somebody who left or was erased here can’t be taken off Mailchimp’s audience, and would be mailed: it "
            "refuses that, or fails each time. “What differs” of the newsletter says who it is. Unsubscribe or delete "
            "the contact there by hand, then release it; released as it is, it goes to them, too."
        ),
        Because.SEND_UNSURE: _(
            "Mailchimp was asked to send it, did not say whether it does, and shows it as a draft. Look there whether "
            "somebody got it. Release it only if nobody did: then it is asked once more."
        ),
        Because.TAKEN_BACK: _(
            "Mailchimp had begun to send it, and shows it as a draft now. Look there why, and whether somebody got it, "
            "before you release it: then it is sent once more."
        ),
    }[because]


def still_tracked(tracked: Sequence[str]) -> str:
    return _(
        "Mailchimp tracks its readers (%(what)s) although it was asked not to: the account’s plan may not let that be "
        "turned off, or somebody turned it on just then. Turn it off there, then release it; or cancel it. It was "
        "mailed to nobody."
    ) % {"what": _named(tracked)}


def went_out_tracked(tracked: Sequence[str]) -> str:
    return _("When it went out, tracking was turned on at Mailchimp (%(what)s).") % {"what": _named(tracked)}


def _named(tracked: Sequence[str]) -> str:
    known = {
        "opens": _("opens"),
        "html_clicks": _("clicks"),
        "text_clicks": _("clicks in plain text"),
        "goal_tracking": _("visits to the website"),
        "ecomm360": _("purchases"),
        "google_analytics": "Google Analytics",
        "clicktale": "ClickTale",
        "salesforce": "Salesforce",
        "capsule": "Capsule",
    }
    return ", ".join(known.get(name, name) for name in tracked)


def not_ready(remote: MailchimpCampaign) -> str:
    items = [item for item in remote.checklist.get("items", ()) if item["type"] == "error"]
    told = " ".join(f"{item['heading']}: {item['details']}".strip(": ") for item in items[:_MOST_ITEMS])
    return _("Mailchimp’s checklist says that it can't be sent. %(items)s Mend that, then release it.") % {
        "items": told or _("It does not say why.")
    }


def refused(words: str, *, is_draft: bool) -> str:
    """`is_draft`: it certainly goes out to nobody. What was scheduled there may, whatever Mailchimp refuses to us."""
    if is_draft:
        return _("Mailchimp refused it. %(words)s Mend that, then release it; nothing was sent.") % {"words": words}
    return _("Mailchimp refused it. %(words)s Look there whether it goes out all the same, before you release it.") % {
        "words": words
    }


def no_audience() -> str:
    return _("Its newsletter has no Mailchimp audience any more. Choose one, then release it; or cancel it.")


def still_there(audience: MailchimpAudience) -> str:
    text = _(
        "Readers who have left here are still on Mailchimp’s audience. They are taken off it first; then it goes out."
    )
    return f"{text} {in_words(audience.problem)}".strip()


def cannot_stop(words: str) -> str:
    return _("Mailchimp can't stop it in the middle; paid plans can. It said: %(words)s") % {"words": words}


def too_late() -> str:
    return _("It had been sent when it was to be stopped.")


def stopped_there() -> str:
    return _("The sending was stopped at Mailchimp, and not from here. Some readers have got it.")


def draft_left(remote: MailchimpCampaign) -> str:
    text = _("It was cancelled here while no key opened Mailchimp. A draft “%(title)s” may be left there: delete it.")
    return text % {"title": remote.title}


def not_deleted(remote: MailchimpCampaign) -> str:
    text = _("It was cancelled here. Mailchimp refuses to delete its draft “%(title)s”: delete it there.")
    return text % {"title": remote.title}


def not_found_out() -> str:
    return _(
        "It was cancelled here while no key opened Mailchimp, where it was scheduled or on its way. Nobody here knows "
        "whether it was sent: look there."
    )
