"""The names of the countries that a story may speak of."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: As they stand in a sentence, after "in"; by their codes (ISO 3166, and EU).
NAMES = {
    "AT": _("Austria"),
    "AU": _("Australia"),
    "BE": _("Belgium"),
    "BR": _("Brazil"),
    "CA": _("Canada"),
    "CH": _("Switzerland"),
    "CN": _("China"),
    "CZ": _("Czechia"),
    "DE": _("Germany"),
    "DK": _("Denmark"),
    "ES": _("Spain"),
    "EU": _("the European Union"),
    "FI": _("Finland"),
    "FR": _("France"),
    "GB": _("the United Kingdom"),
    "GR": _("Greece"),
    "IE": _("Ireland"),
    "IL": _("Israel"),
    "IN": _("India"),
    "IT": _("Italy"),
    "JP": _("Japan"),
    "KR": _("South Korea"),
    "MX": _("Mexico"),
    "NL": _("the Netherlands"),
    "NO": _("Norway"),
    "NZ": _("New Zealand"),
    "PL": _("Poland"),
    "PT": _("Portugal"),
    "SE": _("Sweden"),
    "SG": _("Singapore"),
    "US": _("the United States"),
    "ZA": _("South Africa"),
}


def country_name(code: str) -> str:
    """The name for a code in any case; the code itself for one that has no name here, empty for none."""
    known = code.strip().upper()
    return str(NAMES.get(known, known))
