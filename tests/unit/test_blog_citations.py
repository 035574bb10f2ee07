"""Citations: which markers become links, how sources are numbered."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.citations import MARK, Citations, Source, as_markers, rows_of

SOURCES = [Source(text=f"Source {name}", link="") for name in ("one", "two", "three")]


def test_sources_are_numbered_in_the_order_of_their_first_mention() -> None:
    citations = Citations(["<p>First [3], then [1], then [3] again.</p>"], SOURCES)
    assert [item.source.text for item in citations.listed()] == ["Source three", "Source one", "Source two"]


def test_a_source_lists_the_anchor_of_each_of_its_mentions() -> None:
    text = "<p>First [2], then [2].</p>"
    citations = Citations([text], SOURCES)
    marked = citations.mark(text)
    assert citations.listed()[0].mentions == ("cite-1-1", "cite-1-2")
    assert all(f'id="{anchor}"' in marked for anchor in citations.listed()[0].mentions)


def test_a_marker_links_to_its_source_and_drops_the_space_before_it() -> None:
    text = "<p>It helps [2].</p>"
    marked = Citations([text], SOURCES).mark(text, beside=False)
    assert marked == (
        '<p>It helps<sup class="cite"><a href="#ref-1" id="cite-1-1" aria-label="Reference 1">1</a></sup>.</p>'
    )


def test_a_list_and_a_range_cite_several_sources() -> None:
    text = "<p>It helps [1-2, 3].</p>"
    marked = Citations([text], SOURCES).mark(text)
    assert marked.count('<a href="#ref-') == 3
    assert rows_of("2, 4–6") == [2, 4, 5, 6]


def test_a_marker_without_its_source_stays_for_the_author_to_see() -> None:
    text = "<p>It helps [9]; see also [0], [3-1] and [2026].</p>"
    assert Citations([text], SOURCES).mark(text) == text


def test_markers_in_links_and_attributes_are_left_alone() -> None:
    text = '<p><a href="/x[1]">[1]</a> and <i title="[2]">this</i></p>'
    assert Citations([text], SOURCES).mark(text) == text


def test_what_a_source_says_is_escaped_in_the_margin() -> None:
    text = "<p>It helps [1].</p>"
    marked = Citations([text], [Source(text="<script>alert(1)</script>", link="")]).mark(text)
    assert "<script>" not in marked
    assert "&lt;script&gt;" in marked


def test_a_source_stands_in_the_margin_once() -> None:
    text = "<p>It helps [1] and again [1, 1].</p>"
    assert Citations([text], SOURCES).mark(text).count("Source one") == 1


KEYED = [Source(text=f"Source {key}", link="", key=key) for key in ("aaaa2222", "bbbb3333", "cccc4444")]
KEYS = [source.key for source in KEYED]


def cite(key: str) -> str:
    return f'<a linktype="citation" key="{key}">{MARK}</a>'


def expanded(key: str) -> str:
    return f'<a data-cite="{key}">{MARK}</a>'


def test_chosen_and_typed_citations_share_one_numbering() -> None:
    text = f"<p>First {cite('cccc4444')}, then [1], then {cite('bbbb3333')} and [3].</p>"
    citations = Citations([text], KEYED)
    assert [item.source.key for item in citations.listed()] == ["cccc4444", "aaaa2222", "bbbb3333"]
    assert re.findall(r">(\d)</a>", citations.mark(text)) == ["1", "2", "3", "1"]


def test_a_citation_is_found_as_stored_and_as_wagtail_expands_it() -> None:
    stored, shown = f"<p>It helps {cite('bbbb3333')}.</p>", f"<p>It helps {expanded('bbbb3333')}.</p>"
    assert Citations([stored], KEYED).mark(shown, beside=False) == (
        '<p>It helps<sup class="cite"><a href="#ref-1" id="cite-1-1" aria-label="Reference 1">1</a></sup>.</p>'
    )


def test_citations_side_by_side_are_one_raised_group() -> None:
    text = f"<p>It helps {cite('aaaa2222')}{cite('cccc4444')} [2].</p>"
    marked = Citations([text], KEYED).mark(text, beside=False)
    assert marked.count("<sup") == 1
    assert re.findall(r">(\d)</a>", marked) == ["1", "2", "3"]


@pytest.mark.parametrize("key", ["gone2222", "", "&quot;&gt;&lt;script&gt;"])
def test_a_citation_whose_source_is_gone_leaves_nothing_dangling(key: str) -> None:
    text = f"<p>It helps{expanded(key)}.</p>"
    citations = Citations([text], KEYED)
    assert citations.mark(text) == "<p>It helps.</p>"
    assert [item.mentions for item in citations.listed()] == [(), (), ()]


def test_words_that_got_into_a_citation_are_kept() -> None:
    text = f'<p><a linktype="citation" key="aaaa2222"><b>all of it{MARK}</b></a> helps.</p>'
    assert "<b>all of it</b><sup" in Citations([text], KEYED).mark(text)


def test_a_bold_citation_leaves_no_empty_tag_behind() -> None:
    text = f'<p>It helps<a linktype="citation" key="aaaa2222"><b>{MARK}</b></a>.</p>'
    assert "<b></b>" not in Citations([text], KEYED).mark(text, beside=False)


def test_a_citation_that_is_never_closed_keeps_its_words() -> None:
    text = '<p>It helps <a linktype="citation" key="aaaa2222">a lot.'
    assert Citations([text], KEYED).mark(text) == "<p>It helps a lot."


def test_plain_text_reads_chosen_citations_as_rows() -> None:
    text = f"<p>It helps{cite('cccc4444')}; less so{cite('gone2222')} [2].</p>"
    assert as_markers(text, KEYS) == "<p>It helps[3]; less so[0] [2].</p>"


def test_rows_without_a_key_are_counted_and_never_cited() -> None:
    assert as_markers(cite(""), ["", "aaaa2222"]) == "[0]"
    assert as_markers(cite("aaaa2222"), ["", "aaaa2222"]) == "[2]"


def test_two_rows_of_one_key_read_as_the_first() -> None:
    assert as_markers(cite("aaaa2222"), ["aaaa2222", "aaaa2222"]) == "[1]"


mentions = st.lists(
    st.one_of(
        st.sampled_from([cite(key) for key in KEYS]),
        st.sampled_from(["[1]", "[2]", "[3]", "[2, 1]", "[1-3]"]),
        st.sampled_from([cite("gone2222"), "[9]", "and", '<a href="/x">see [1]</a>', "</p><p>"]),
    ),
    max_size=12,
)


@given(texts=st.lists(mentions, max_size=4))
def test_sources_are_numbered_by_first_mention_and_every_link_has_its_other_end(texts: list[list[str]]) -> None:
    fragments = [f"<p>{' '.join(words)}</p>" for words in texts]
    citations = Citations(fragments, KEYED)
    page = "".join(citations.mark(fragment) for fragment in fragments)
    numbers = [int(number) for number in re.findall(r'href="#ref-(\d+)"', page)]
    first = list(dict.fromkeys(numbers))
    assert first == list(range(1, len(first) + 1))

    listed = citations.listed()
    assert [item.number for item in listed] == [1, 2, 3]
    anchors = re.findall(r' id="(cite-[^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert {mention for item in listed for mention in item.mentions} == set(anchors)


def test_a_long_text_of_unclosed_tags_takes_no_longer_than_its_length() -> None:
    text = "<p>" + '<a linktype="citation" key="aaaa2222">' * 20_000
    assert Citations([text], KEYED).mark(text).startswith("<p>")
