"""A doctor cites: references that are not saved yet, chosen in the editor, numbered for readers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from blog.citations import MARK

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: As Word puts it on the clipboard.
FROM_WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office">
<head><style>p.MsoNormal {margin:0cm}</style></head>
<body lang=EN-US><!--StartFragment--><!--[if gte mso 9]><xml><o:x>hidden</o:x></xml><![endif]-->
<p class=MsoNormal style='mso-margin-top-alt:auto' onclick="alert(1)">Sleep is
<b style='mso-bidi-font-weight:normal'>kind</b> to
<span lang=EN-GB style='font-family:Calibri;mso-fareast-language:EN-US'>many people<o:p></o:p></span>.</p>
<p class=MsoNormal><img width=2 height=2 src="data:image/png;base64,iVBORw0KGgo=" onerror="alert(1)">After a picture.
<a href="javascript:alert(1)">A bad link</a></p><!--EndFragment--></body></html>"""
LEFTOVERS = ("mso", "Mso", "style", "class", "o:p", "<!--", "data:", "<img", "onclick", "javascript", "hidden", "span")
PASTE = """(element, html) => {
  const data = new DataTransfer();
  data.setData('text/html', html);
  data.setData('text/plain', 'plain');
  element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def text_of(page: Page) -> str:
    """What stands in the first text of the story."""
    return page.locator(".public-DraftEditor-content").first.inner_text()


def add_reference(page: Page, number: int, text: str, **fields: str) -> None:
    page.locator("#id_references-ADD").click()
    for name, value in {"text": text, **fields}.items():
        page.locator(f"[name=references-{number}-{name}]").fill(value)


def cite(page: Page, *texts: str) -> None:
    """With the keyboard alone, where the caret stands."""
    page.keyboard.type(" /cite")
    expect(page.get_by_role("option", name="Cite a reference")).to_be_visible()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Cite references")
    for text in texts:
        dialog.get_by_role("checkbox", name=re.compile(re.escape(text))).check()
    dialog.get_by_role("button", name="Cite", exact=True).click()
    expect(dialog).to_have_count(0)
    page.wait_for_function("document.activeElement.isContentEditable")


def save(page: Page, *, ending: str) -> str:
    """Save the draft once the form has the text as far as `ending`; the address of what was saved."""
    # Draft.js hands its text to the form a quarter of a second after the last key.
    expect(page.locator("[name=body-0-value]")).to_have_value(re.compile(re.escape(ending)))
    page.get_by_role("button", name="Save draft").click()
    page.wait_for_url("**/edit/")
    return page.url.replace("/edit/", "/view_draft/")


def expect_both_ways(page: Page, number: int, mention: int) -> None:
    """The link to a source leads to its line, and the line's arrow back to the mention."""
    page.locator(f"#cite-{number}-{mention}").click()
    expect(page.locator(f"#ref-{number}:target")).to_be_visible()
    page.locator(f'#ref-{number} a[href="#cite-{number}-{mention}"]').click()
    expect(page.locator(f"#cite-{number}-{mention}:target")).to_be_visible()


def test_two_unsaved_references_are_cited_and_numbered(doctor: BrowserContext, new_story: Page) -> None:
    new_story.locator("#id_title").fill("Two sources")
    add_reference(
        new_story, 0, "Smith J. A trial of walking. 2021.", doi="https://doi.org/10.1016/S0140-6736(20)30183-5."
    )
    add_reference(new_story, 1, "Jones K. Sleep and mood. 2019.", pmid="https://pubmed.ncbi.nlm.nih.gov/31234567/")
    new_story.locator(".public-DraftEditor-content").first.click()
    new_story.keyboard.type("Sleep helps")
    cite(new_story, "Jones K.")
    new_story.keyboard.type(", and so does walking")
    cite(new_story, "Smith J.", "Jones K.")
    new_story.keyboard.type(".")
    shown = new_story.locator(".rounds-citation")
    expect(shown).to_have_count(3)
    assert [one.get_attribute("data-label") for one in shown.all()] == ["2", "1", "2"]
    draft = save(new_story, ending=f"walking {MARK * 2}.")

    expect(new_story.locator(".rounds-citation--broken")).to_have_count(0)
    expect(new_story.locator(".rounds-citation").first).to_have_attribute("title", "Jones K. Sleep and mood. 2019.")
    expect(new_story.locator("[name=references-0-doi]")).to_have_value("10.1016/S0140-6736(20)30183-5")

    page = doctor.new_page()
    page.goto(draft)
    expect(page.locator("#ref-1")).to_contain_text("Jones K.")
    expect(page.locator("#ref-2")).to_contain_text("Smith J.")
    assert page.locator(".cite a").all_inner_texts() == ["1", "2", "1"]
    expect_both_ways(page, 1, 1)
    expect_both_ways(page, 1, 2)
    expect_both_ways(page, 2, 1)


def test_a_deleted_reference_shows_in_the_editor_and_leads_to_a_new_one(new_story: Page) -> None:
    add_reference(new_story, 0, "Smith J. A trial of walking. 2021.")
    new_story.locator(".public-DraftEditor-content").first.click()
    new_story.keyboard.type("Walking helps")
    cite(new_story, "Smith J.")
    new_story.locator("#inline_child_references-0").get_by_role("button", name="Delete").click()
    broken = new_story.locator(".rounds-citation--broken")
    expect(broken).to_have_attribute("title", re.compile("not in the story's list"))

    broken.click()
    dialog = new_story.get_by_role("dialog", name="Cite references")
    expect(dialog).to_contain_text("This story has no references yet.")
    dialog.get_by_role("button", name="Add a reference").click()
    expect(new_story.locator("[name=references-1-text]")).to_be_focused()
    new_story.keyboard.type("Jones K. Sleep and mood. 2019.")

    broken.click()
    dialog.get_by_role("checkbox", name=re.compile("Jones K.")).check()
    dialog.get_by_role("button", name="Cite", exact=True).click()
    expect(broken).to_have_count(0)
    expect(new_story.locator(".rounds-citation")).to_have_attribute("data-label", "1")

    new_story.locator(".rounds-citation").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(new_story.locator(".rounds-citation")).to_have_count(0)
    assert text_of(new_story).strip() == "Walking helps"


def test_text_from_word_keeps_its_words_only(doctor: BrowserContext, new_story: Page) -> None:
    new_story.locator("#id_title").fill("From Word")
    editor = new_story.locator(".public-DraftEditor-content").first
    editor.click()
    editor.evaluate(PASTE, FROM_WORD)
    expect(editor).to_contain_text("After a picture.")
    draft = save(new_story, ending="After a picture.")

    page = doctor.new_page()
    page.goto(draft)
    body = page.locator(".body > p:not(.signature)")
    html = "".join(one.evaluate("element => element.outerHTML") for one in body.all())
    words = " ".join(body.all_inner_texts())
    assert "Sleep is kind to many people." in " ".join(words.split())
    assert "After a picture." in words
    assert "A bad link" in words
    assert "<b>kind</b>" in html
    for leftover in LEFTOVERS:
        assert leftover not in html, leftover


def test_leaving_the_dialog_leads_back_to_the_text(new_story: Page) -> None:
    new_story.locator(".public-DraftEditor-content").first.click()
    new_story.keyboard.type("Walking /cite")
    expect(new_story.get_by_role("option", name="Cite a reference")).to_be_visible()
    new_story.keyboard.press("Enter")
    expect(new_story.get_by_role("dialog", name="Cite references")).to_be_visible()
    new_story.keyboard.press("Escape")
    new_story.wait_for_function("document.activeElement.isContentEditable")
    new_story.keyboard.type("helps")
    assert text_of(new_story).strip() == "Walking helps"
