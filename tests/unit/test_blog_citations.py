"""Citations: which markers become links, how sources are numbered."""

from blog.citations import Citations, Source, rows_of

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
