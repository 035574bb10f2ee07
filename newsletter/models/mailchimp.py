"""What is known of Mailchimp: the account, which audience belongs to a newsletter, its members, campaigns over there.

Nothing here holds an address: a member is known by the hash that Mailchimp knows it by, and by its subscriber.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailchimpAccount(models.Model):
    """The account that this publication is connected to: one row, or none. `audience.mailchimp.account` writes it."""

    #: Sealed with the site's key, never shown again; empty where MAILCHIMP_API_KEY in the environment has it.
    sealed_key = models.BinaryField(default=b"", editable=False)
    #: Where the key leads, such as `us21`; the end of the key, to tell keys apart.
    data_centre = models.CharField(max_length=8, blank=True, editable=False)
    hint = models.CharField(max_length=4, blank=True, editable=False)
    #: Mailchimp's own id of it; empty until a key has opened it, and where the next key may open another one.
    account_id = models.CharField(max_length=64, blank=True, editable=False)
    #: Of the key that was found to open it: a digest that only this site can make.
    key_digest = models.CharField(max_length=64, blank=True, editable=False)
    name = models.CharField(max_length=200, blank=True, editable=False, help_text="Of the account, as Mailchimp says.")
    #: `[{"id", "name", "members", "segments": [{"id", "name", "kind": "tag|segment", "members"}] | null,
    #: "merge_fields": [{"tag", "name", "type", "required"}] | null}]`, as it was when it was last fetched.
    audiences = models.JSONField(default=list, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    #: Why nothing can be done with it now, for people; empty when all is well.
    problem = models.CharField(max_length=500, blank=True, editable=False)
    connected_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    connected_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("Mailchimp account")
        default_permissions = ()
        permissions = [("connect_mailchimp", "Can connect newsletters to Mailchimp")]

    def __str__(self) -> str:
        return f"Mailchimp {self.data_centre} …{self.hint}"


class NewThere(models.TextChoices):
    """How a confirmed reader of ours who is new to the audience begins there (`status_if_new`)."""

    PENDING = "pending", _("Mailchimp asks them once more, by a mail of its own")
    SUBSCRIBED = "subscribed", _("subscribed at once, on the confirmation that is kept here")


class MailchimpAudience(models.Model):
    """Which audience over there belongs to a newsletter. `audience.mailchimp` writes it.

    It is in use while `switched_on_at` is set and the newsletter's backend is a campaign backend.
    """

    newsletter = models.OneToOneField("newsletter.Newsletter", on_delete=models.CASCADE, related_name="mailchimp")
    list_id = models.CharField(max_length=32)
    list_name = models.CharField(max_length=200, blank=True)
    #: A segment or a tag of it; empty for the whole audience.
    segment_id = models.PositiveBigIntegerField(null=True, blank=True)
    segment_name = models.CharField(max_length=200, blank=True)
    new_there = models.CharField(_("new readers there"), max_length=10, choices=NewThere, default=NewThere.PENDING)
    #: Mailchimp's merge tag -> what of ours it gets: `name`, `language`. Nothing else is ever sent.
    merge_fields = models.JSONField(default=dict)
    #: What the acknowledgement said when it was given: wording version and fields named.
    acknowledged = models.JSONField(default=dict)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    switched_on_at = models.DateTimeField(null=True)
    #: Of the webhook over there; its address ends in a secret of which only a digest is kept.
    hook_id = models.CharField(max_length=32, blank=True)
    hook_path_digest = models.CharField(max_length=64, blank=True, db_index=True)
    #: Signs what it posts; shown by Mailchimp once, sealed with the site's key.
    sealed_hook_secret = models.BinaryField(default=b"", editable=False)
    #: Changes over there up to this instant are known here.
    polled_until = models.DateTimeField(null=True)
    #: Members over there that the first poll has brought in so far, while it goes on.
    poll_offset = models.PositiveIntegerField(default=0)
    #: When all contacts over there were counted last.
    counted_at = models.DateTimeField(null=True)
    #: When everything wanted over there was there last.
    in_step_at = models.DateTimeField(null=True)
    #: Why it does not go on, for people; empty when all is well. Never holds an address.
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("Mailchimp audience")
        default_permissions = ()

    def __str__(self) -> str:
        return self.list_name or self.list_id


class MemberStatus(models.TextChoices):
    """As Mailchimp names them; empty while nothing is known."""

    SUBSCRIBED = "subscribed", _("subscribed")
    UNSUBSCRIBED = "unsubscribed", _("left there")
    CLEANED = "cleaned", _("its mailbox does not exist")
    PENDING = "pending", _("has to confirm there")
    TRANSACTIONAL = "transactional", _("never subscribed there")
    ARCHIVED = "archived", _("archived there")


class MemberProblem(models.TextChoices):
    """Why a reader of ours is not over there; what the difference report says."""

    COMPLIANCE = "compliance", _("left there or bounced before: only the reader can subscribe again, by a form there")
    FIELD = "field", _("a field that the audience requires is empty")
    ADDRESS = "address", _("Mailchimp does not take this address")
    FORGOTTEN = "forgotten", _("was deleted for good there: only the reader can subscribe again, by a form there")
    OTHER = "other", _("refused there")


class MailchimpMember(models.Model):
    """One contact of an audience, as far as it was known last. `audience.mailchimp` writes it."""

    audience = models.ForeignKey(MailchimpAudience, on_delete=models.CASCADE, related_name="members")
    #: MD5 of the address in lower case: the name that Mailchimp's addresses have for it.
    member_hash = models.CharField(max_length=32)
    #: None: the reader was erased or is not known here. With `erasing` the contact is deleted for good over there,
    #: and then this row.
    subscriber = models.ForeignKey(
        "newsletter.Subscriber", null=True, on_delete=models.SET_NULL, related_name="mailchimp_members"
    )
    erasing = models.BooleanField(default=False)
    status = models.CharField(max_length=14, choices=MemberStatus, blank=True)
    #: When it changed over there, as Mailchimp says.
    changed_there_at = models.DateTimeField(null=True)
    #: Digest of what was sent last (address, language, merge fields): another one is sent anew.
    sent_digest = models.CharField(max_length=32, blank=True)
    problem = models.CharField(max_length=12, choices=MemberProblem, blank=True)
    #: What Mailchimp said to it, without the address.
    problem_text = models.CharField(max_length=300, blank=True)
    #: After a problem it is left alone until then.
    retry_at = models.DateTimeField(null=True)
    pushed_at = models.DateTimeField(null=True)
    #: When a count met it over there last.
    seen_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["audience", "member_hash"], name="one_member_per_hash")]
        indexes = [
            models.Index(fields=["audience", "status"], name="member_status"),
            models.Index(fields=["audience"], name="member_erasing", condition=Q(erasing=True)),
        ]

    def __str__(self) -> str:
        return f"member {self.pk} of audience {self.audience_id}: {self.status}"


class MailchimpBatch(models.Model):
    """Operations that Mailchimp works on by itself. `members` are ids of `MailchimpMember`, in their order."""

    audience = models.ForeignKey(MailchimpAudience, on_delete=models.CASCADE, related_name="batches")
    remote_id = models.CharField(max_length=32, blank=True)
    members = models.JSONField(default=list)
    #: Digest for each of them, in that order: what is in step when its operation has succeeded.
    digests = models.JSONField(default=list)
    finished = models.PositiveIntegerField(default=0)
    errored = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"batch {self.pk}: {self.finished} of {len(self.members)}"


class MailchimpEvent(models.Model):
    """A webhook that was taken, so that a second one is known: a digest of type, id and instant."""

    audience = models.ForeignKey(MailchimpAudience, on_delete=models.CASCADE, related_name="events")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["audience", "digest"], name="one_event_per_digest")]

    def __str__(self) -> str:
        return f"event {self.pk} of audience {self.audience_id}"


class MailchimpCampaign(models.Model):
    """The campaign over there that carries one of ours. `delivery.remote` writes it; our campaign's state stays the
    store's.

    Before each call that can't be repeated `unsure_of` is committed, so that whoever comes after a kill or a lost
    answer looks before doing anything.
    """

    campaign = models.OneToOneField("newsletter.Campaign", on_delete=models.CASCADE, related_name="remote")
    #: Unique over there, too: what a campaign is looked for by when the answer to its creation was lost.
    title = models.CharField(max_length=100, unique=True)
    remote_id = models.CharField(max_length=32, blank=True)
    web_id = models.PositiveBigIntegerField(null=True)
    archive_url = models.URLField(max_length=500, blank=True)
    #: As Mailchimp names it: save, schedule, sending, sent, ...; `gone` once it was deleted there.
    remote_status = models.CharField(max_length=12, blank=True)
    checked_at = models.DateTimeField(null=True)
    #: When our words were put in, and a digest of what Mailchimp then said it holds: another one was edited there.
    content_at = models.DateTimeField(null=True)
    content_digest = models.CharField(max_length=64, blank=True)
    #: `create schedule unschedule send cancel_send delete`: asked for, and no answer was read.
    unsure_of = models.CharField(max_length=12, blank=True)
    unsure_since = models.DateTimeField(null=True)
    #: Set before `actions/send` is called, and never called again while it is set.
    send_asked_at = models.DateTimeField(null=True)
    #: Mailchimp's checklist: `{"is_ready": bool, "items": [{"type", "heading", "details"}]}`.
    checklist = models.JSONField(default=dict)
    #: A person wants it stopped: it is cancelled here once it certainly is over there.
    cancel_wanted_at = models.DateTimeField(null=True)
    cancel_wanted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    #: A person released it although it was late or had been changed over there.
    released_at = models.DateTimeField(null=True)
    #: Rows of `CampaignStory` whose story was withdrawn by then: these, and no later ones, were let pass.
    let_pass = models.JSONField(default=list)
    #: Something that nobody here did, for people: sent, edited or deleted over there.
    surprise = models.CharField(max_length=300, blank=True)
    #: What Mailchimp counted: totals, an hourly series, links in aggregate; never a person.
    report = models.JSONField(default=dict)
    links = models.JSONField(default=list)
    reported_at = models.DateTimeField(null=True)
    #: The ledger is filled from `sent-to`, page by page.
    ledger_offset = models.PositiveIntegerField(default=0)
    ledger_filled_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.title}: {self.remote_status or 'not there yet'}"
