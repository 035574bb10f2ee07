"""Text pasted from a word processor becomes what the editor's own toolbar would have made."""

from __future__ import annotations

import pytest

from newsletter.issues.render.pasted import tidied
from newsletter.issues.render.rich_text import LinkNotes, prose

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<meta name=Generator content="Microsoft Word 15">
<style><!-- p.MsoNormal {mso-style-parent:""; margin:0cm} @page WordSection1 {size:595pt 842pt} --></style>
<!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml><![endif]--></head>
<body lang=EN-US><!--StartFragment--><div class=WordSection1>
<xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml>
<h1 style='mso-list:none'>A <b>visit</b><o:p></o:p></h1>
<p class=MsoNormal style='mso-margin-top-alt:auto'><span lang=EN-US style='mso-fareast-font-family:"Times New Roman"'>
“Smart” quotes, it’s &#8216;said&#8217; – and <a href="https://x.example/?a=1&amp;b=2"><span style='color:red'>a
link</span></a>.<o:p></o:p></span></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp; </span></span><![endif]>First</p>
<p class=MsoListParagraphCxSpLast><![if !supportLists]><span>·</span><![endif]>Second<o:p></o:p></p>
<table class=MsoTableGrid><tr><td><p class=MsoNormal>A cell</p></td><td>another</td></tr></table>
</div><!--EndFragment--></body></html>"""


def test_text_from_word_keeps_its_paragraphs_and_loses_its_traces() -> None:
    found = prose(WORD, LinkNotes())
    assert found.text.split("\n\n") == [
        "A visit\n-------",
        "“Smart” quotes, it’s ‘said’ – and a link [1].",
        "- First\n- Second",
        "A cell",
        "another",
        "[1] https://x.example/?a=1&b=2",
    ]
    for trace in ("mso", "Mso", "o:p", "<!", "Normal", "WordDocument", "supportLists", "·", "xml", "&nbsp;", "\xa0"):
        assert trace not in found.html
    assert found.html.count("<li") == 2
    assert found.html.count("<ul") == 1


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("<div>one</div><div>two <div>three</div></div>", "<p>one</p><p>two</p><p>three</p>"),
        ("<div><ul><li>a</li><li><p>b</p></li></ul></div>", "<ul><li>a</li><li><p>b</p></li></ul>"),
        ('<p class="MsoNormal">x<br>y</p>', "<p>x<br/>y</p>"),
        ("<h4>Small</h4>loose", "<h3>Small</h3><p>loose</p>"),
        ('<div><a linktype="page" id="3" onclick="x()">page</a></div>', '<p><a linktype="page" id="3">page</a></p>'),
        ("<!-- only a comment -->", ""),
        ("<div>a &lt; b &amp; c</div>", "<p>a &lt; b &amp; c</p>"),
        ("<div><script>alert(1)</script><style>p{}</style>safe</div>", "<p>safe</p>"),
    ],
)
def test_what_a_mail_does_not_know_becomes_what_it_knows(pasted: str, kept: str) -> None:
    assert tidied(pasted) == kept


@pytest.mark.parametrize(
    "written",
    ["", "<p>Mister Mx said: a &lt; b.</p>", '<p data-block-key="x1"><a linktype="page" id="3">x</a></p>', "plain"],
)
def test_what_the_toolbar_made_is_not_touched(written: str) -> None:
    assert tidied(written) == written


@pytest.mark.parametrize(
    "broken", ["<div>" * 200, "<div><p></div></p>x", "<![endif]>x", "<div", "<!-- never closed <p>x"]
)
def test_broken_markup_is_no_error(broken: str) -> None:
    prose(broken, LinkNotes())
