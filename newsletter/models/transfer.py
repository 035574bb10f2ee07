"""Readers coming in from files and going out into them: each transfer is a row that accounts for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsletter.models.audience import Newsletter


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("waits for its columns to be named")
    STAGING = "staging", _("is being read")
    STAGED = "staged", _("was read; nothing is imported yet")
    MERGING = "merging", _("is being imported")
    DONE = "done", _("imported")
    FAILED = "failed", _("can't be read")
    CANCELLED = "cancelled", _("cancelled")


class SubscriberImport(models.Model):
    """One file of readers on its way in. Its work is done in steps that commit where they are: any worker goes on."""

    newsletter = models.ForeignKey(Newsletter, on_delete=models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField(default=0, help_text="Bytes of the file.")
    #: Which system it was exported from: `mailchimp`, `substack`, `ghost`, `listmonk`, or empty.
    origin = models.CharField(max_length=20, blank=True)
    #: How the file is read: encoding, delimiter, header; see `newsletter.audience.importing.sniffing`.
    reading = models.JSONField(default=dict)
    #: Column of the file -> field of ours; see `newsletter.audience.importing.mapping`.
    mapping = models.JSONField(default=dict)
    #: Names of the tags that every reader of the file gets.
    tags = models.JSONField(default=list)
    #: What the importer says the readers agreed to, in a sentence; part of every reader's evidence.
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.UPLOADED)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it failed; for people.")
    rows_total = models.PositiveIntegerField(null=True, help_text="Known once the file was read.")
    rows_staged = models.PositiveIntegerField(default=0)
    rows_merged = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    #: Where the next step goes on; written in the transaction of the step before.
    position = models.JSONField(default=dict)
    lease_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True)
    #: When its file and what was read of it went, because their time was over.
    forgotten_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("import of readers")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"import {self.pk}: {self.state}"


class ImportPart(models.Model):
    """A piece of an uploaded file, kept in the database: a worker on another machine reads it, a backup holds it."""

    job = models.ForeignKey(SubscriberImport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="one_import_part")]

    def __str__(self) -> str:
        return f"part {self.number} of import {self.job_id}"


class StagedReader(models.Model):
    """One row of a file, read and judged, before it is imported; afterwards only the refused ones are left.

    No index but the primary key: rows are written and read in ranges of ids, a million of them in seconds.
    """

    job = models.ForeignKey(SubscriberImport, on_delete=models.CASCADE, related_name="staged", db_index=False)
    number = models.PositiveIntegerField(help_text="Line of the file where the row begins.")
    email = models.CharField(max_length=254, blank=True, help_text="In its normal form.")
    name = models.CharField(max_length=100, blank=True)
    language = models.CharField(max_length=12, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    frequency = models.CharField(max_length=10, blank=True)
    claimed_at = models.DateTimeField(null=True, help_text="When they agreed, according to the source.")
    evidence = models.CharField(max_length=120, blank=True, help_text="Both instants, where the source has two.")
    ip_hash = models.CharField(max_length=80, blank=True)
    tags = models.TextField(blank=True, help_text="Names as a JSON list.")
    attributes = models.TextField(blank=True, help_text="Values by the key of the attribute, as JSON.")
    #: What is wrong with the row itself, for good: a `newsletter.audience.importing.problems.Problem`.
    problem = models.CharField(max_length=24, blank=True)
    #: Where the address stands with us, as last looked up: a `newsletter.audience.importing.problems.Standing`.
    standing = models.CharField(max_length=24, blank=True)
    original = models.TextField(blank=True, help_text="The refused row as it stood in the file, as a JSON list.")

    class Meta:
        verbose_name = _("staged reader")
        default_permissions = ()

    def __str__(self) -> str:
        return f"row {self.number} of import {self.job_id}"


class SubscriberExport(models.Model):
    """That somebody took readers out as a file: who, when, which ones, how many."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150, help_text="Kept when the user is gone.")
    what = models.CharField(max_length=300, help_text="The filters in words. No address.")
    rows = models.PositiveIntegerField(null=True, help_text="Empty: it was not finished.")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("export of readers")
        ordering = ["-at", "-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"export {self.pk}"
