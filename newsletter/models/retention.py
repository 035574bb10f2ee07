"""How long what is kept, as the owner sets it, and what is known of those who process it for us."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.settings.models import BaseGenericSetting


def days(label: object, default: int, *, least: int = 1, most: int = 3650) -> models.PositiveIntegerField[int, int]:
    """A number of days within bounds: nothing is kept for ever by mistake, and nothing needed is thrown away."""
    return models.PositiveIntegerField(
        label,  # type: ignore[arg-type]
        default=default,
        validators=[MinValueValidator(least), MaxValueValidator(most)],
    )


class RetentionSettings(BaseGenericSetting):
    """Days after which each kind of record is forgotten; `newsletter.audience.retention` says what each means."""

    pending_sign_ups = days(_("sign-ups that nobody confirmed"), 7, most=7)
    client_hashes = days(_("hashed network addresses beside consents"), 30, most=90)
    single_mails = days(_("records of confirmations and other single mails"), 30, most=90)
    former_readers = days(_("readers who left"), 730, least=30)
    delivery_addresses = days(_("addresses in the ledgers of sent campaigns"), 730, least=30)
    import_files = days(_("imported files and their error lists"), 7, most=90)
    export_records = days(_("records of who exported readers"), 1095, least=90)
    webhook_records = days(_("records of outgoing webhooks"), 30, most=90)
    task_results = days(_("results of background tasks"), 7, most=90)

    class Meta:
        verbose_name = _("retention")


class ProcessorDetail(models.Model):
    """What the configuration can't know of a processor: its legal name, its country, the agreement with it."""

    #: As `newsletter.audience.processors` names it, such as `smtp mail.example.org`.
    key = models.CharField(max_length=200, unique=True, editable=False)
    name = models.CharField(_("legal name"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True, help_text=_("Where it keeps the data."))
    agreement_on = models.DateField(
        _("agreement of"), null=True, blank=True, help_text=_("Date of the processing agreement (GDPR article 28).")
    )
    url = models.URLField(_("its privacy page"), blank=True)

    class Meta:
        verbose_name = _("processor")
        default_permissions = ("change", "view")

    def __str__(self) -> str:
        return self.name or self.key
