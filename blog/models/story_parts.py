"""Rows that belong to a story, or to a page: references and corrections."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from django.db import models
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.models import Orderable

from blog.citations import Source
from blog.identifiers import DOI, PMID, is_web_address
from blog.models.reference_form import KeyPanel


def new_key() -> str:
    """Unlike a primary key it exists before the row is saved, so that a draft can cite it."""
    return get_random_string(8, "abcdefghijkmnpqrstuvwxyz23456789")


class Evidence(models.TextChoices):
    GUIDELINE = "guideline", _("Guideline")
    REVIEW = "review", _("Systematic review or meta-analysis")
    TRIAL = "trial", _("Randomised trial")
    OBSERVATIONAL = "observational", _("Observational study")
    CASES = "cases", _("Case reports")
    LABORATORY = "laboratory", _("Laboratory or animal study")
    REGULATOR = "regulator", _("Regulator or official label")
    OPINION = "opinion", _("Expert opinion")


class CitedSource(Orderable):
    """One source that a text cites."""

    #: What a citation in the text holds on to while rows are moved; made when the row is (see `new_key`).
    key = models.CharField(max_length=16, default=new_key)
    text = models.TextField(_("citation"), help_text=_("Authors. Title. Journal. Year."))
    #: These three are in their normal form once the story is published; in a draft they may be as they were typed.
    doi = models.CharField(
        _("DOI"), max_length=250, blank=True, help_text=_("Such as 10.1001/jama.2020.1234, or its address.")
    )
    pmid = models.CharField(
        _("PMID"), max_length=100, blank=True, help_text=_("The number in PubMed, or the paper's address there.")
    )
    url = models.URLField(_("address"), max_length=300, blank=True)

    evidence = models.CharField(_("kind of evidence"), max_length=20, choices=Evidence, blank=True)

    panels: ClassVar = [
        KeyPanel(),
        FieldPanel("text"),
        FieldRowPanel([FieldPanel("doi"), FieldPanel("pmid")]),
        FieldRowPanel([FieldPanel("url"), FieldPanel("evidence")]),
    ]

    class Meta(Orderable.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def link(self) -> str:
        """The best address to read it at: DOI, else PubMed, else its own; empty where a draft has nothing whole."""
        if DOI.fullmatch(self.doi):
            # What the DOI may hold and an address may not (DOI handbook, section 2.5.2).
            return f"https://doi.org/{quote(self.doi, safe='/:;()._-')}"
        if PMID.fullmatch(self.pmid):
            return f"https://pubmed.ncbi.nlm.nih.gov/{self.pmid}/"
        return self.url if is_web_address(self.url) else ""

    @property
    def source(self) -> Source:
        """The row as citations need it."""
        return Source(text=self.text, link=self.link, key=self.key, evidence=str(self.get_evidence_display()))


class Reference(CitedSource):
    """One source that the story cites."""

    story = ParentalKey("blog.StoryPage", on_delete=models.CASCADE, related_name="references")


class PageReference(CitedSource):
    """One source that a page cites."""

    page = ParentalKey("blog.StandardPage", on_delete=models.CASCADE, related_name="references")


class Correction(Orderable):
    """A public note that something in the story was put right."""

    story = ParentalKey("blog.StoryPage", on_delete=models.CASCADE, related_name="corrections")
    made_on = models.DateField(_("date"))
    text = models.TextField(_("what was corrected"))

    panels: ClassVar = [FieldPanel("made_on"), FieldPanel("text")]

    def __str__(self) -> str:
        return f"{self.made_on}: {self.text[:60]}"
