"""DOI, PMID and address of a source, as people paste them."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from blog.identifiers import DOI, check_web_address, is_web_address, normal_doi, normal_pmid


@pytest.mark.parametrize(
    ("pasted", "normal"),
    [
        ("10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("  10.1001/jama.2020.1234\n", "10.1001/jama.2020.1234"),
        ("https://doi.org/10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("http://dx.doi.org/10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("doi.org/10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("//doi.org/10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("https://www.doi.org/10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("doi:10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("DOI: 10.1001/jama.2020.1234.", "10.1001/jama.2020.1234"),
        ("doi 10.1001/jama.2020.1234", "10.1001/jama.2020.1234"),
        ("10.1001/jama.2020.1234...", "10.1001/jama.2020.1234"),
        ("10.1001/jama.2020.1234,", "10.1001/jama.2020.1234"),
        ("10.1001/jama.2020.1234)", "10.1001/jama.2020.1234"),
        ("10.1016/S0140-6736(20)30183-5", "10.1016/S0140-6736(20)30183-5"),
        ("https://doi.org/10.1016%2FS0140-6736(20)30183-5.", "10.1016/S0140-6736(20)30183-5"),
        ("10.1016/S0140-6736(20)", "10.1016/S0140-6736(20)"),
        (
            "10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2",
            "10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2",
        ),
        ("10.123456789/x", "10.123456789/x"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_doi_is_kept_in_its_normal_form(pasted: str, normal: str) -> None:
    assert normal_doi(pasted) == normal


@pytest.mark.parametrize(
    "pasted",
    [
        "10.12/x",
        "10.1234567890/x",
        "10.1001",
        "10.1001/",
        "10.1001/...",
        "11.1001/x",
        "jama.2020.1234",
        "https://example.com/10.1001/jama.2020.1234",
        "10.1001/jama 2020",
        "javascript:alert(1)",
        "doi:",
        "10.１００１/x",
        "10.1001/a%00b",
    ],
)
def test_what_is_no_doi_is_refused_by_name(pasted: str) -> None:
    with pytest.raises(ValidationError, match=r"is not a DOI\. A DOI looks like") as refused:
        normal_doi(pasted)
    assert pasted.strip() in str(refused.value)


@given(st.text(max_size=60))
def test_any_text_is_a_doi_in_normal_form_or_refused(text: str) -> None:
    try:
        found = normal_doi(text)
    except ValidationError:
        return
    assert found == "" or DOI.fullmatch(found)
    assert normal_doi(found) == found


@pytest.mark.parametrize(
    ("pasted", "normal"),
    [
        ("31234567", "31234567"),
        (" 1 ", "1"),
        ("PMID: 31234567.", "31234567"),
        ("pmid31234567", "31234567"),
        ("https://pubmed.ncbi.nlm.nih.gov/31234567/", "31234567"),
        ("pubmed.ncbi.nlm.nih.gov/31234567", "31234567"),
        ("https://pubmed.ncbi.nlm.nih.gov/31234567/?from=x#abstract", "31234567"),
        ("https://www.ncbi.nlm.nih.gov/pubmed/31234567", "31234567"),
        ("", ""),
    ],
)
def test_a_pmid_is_kept_as_its_number(pasted: str, normal: str) -> None:
    assert normal_pmid(pasted) == normal


@pytest.mark.parametrize(
    "pasted",
    ["0", "012", "123456789", "PMC1234567", "12a", "-5", "https://example.com/31234567", "３１２３", "1 2"],
)
def test_what_is_no_pmid_is_refused_by_name(pasted: str) -> None:
    with pytest.raises(ValidationError, match=r"is not a PMID\. It is the number"):
        normal_pmid(pasted)


@pytest.mark.parametrize("url", ["https://example.org/paper", "http://example.org", "https://example.org/a?b=c#d"])
def test_an_address_is_a_page_on_the_web(url: str) -> None:
    check_web_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript://example.org/%0aalert(1)",
        "data:text/html,x",
        "ftp://example.org/x",
        "mailto:a@example.org",
        "https://",
        "https:///x",
        "example.org",
        "https://exa mple.org",
        'https://example.org/"onclick="x',
        "https://[::1",
        "",
    ],
)
def test_other_addresses_are_refused_with_the_remedy(url: str) -> None:
    assert not is_web_address(url)
    with pytest.raises(ValidationError, match=r"It has to begin with https:// or http://\."):
        check_web_address(url)


def test_a_long_paste_is_named_by_its_beginning() -> None:
    with pytest.raises(ValidationError) as refused:
        normal_doi("x" * 5_000)
    assert len(refused.value.messages[0]) < 200
